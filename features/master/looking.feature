Feature: The operator looks at what the master knows
  Whether it runs or not; and looking changes nothing.

  Background:
    Given an open master with a computer of 3 partitions
    And the instances one, two

  Scenario: What went wrong
    When the node reports that slappart1 failed: no space left
    Then the operator who looks for error is shown the instances two
    And the operator is told no space left, and when it was

  Scenario: What is not there
    When the operator looks for the service three
    Then the operator is told that there is one, two
