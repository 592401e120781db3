@peer
Feature: The database of the existing proxy is taken over
  It is made by that proxy itself, pip-installed and run as a black box.

  Background:
    Given the existing proxy runs, and keeps a service, its child, and what is shared with both

  Scenario: Nothing that nodes are told is lost
    When it is stopped, and our master starts on its database
    Then nodes are told the same as before, but for timestamps
    And the same requests give the same partitions
    And its database as it was lies beside

  Scenario: It keeps its database while it runs
    When the operator looks at its database with our command
    Then the operator is shown the instances that it has
    And our master does not start at its address
    And its database is as it was
