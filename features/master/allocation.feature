Feature: Partitions are given out once
  However many ask at the same moment.

  Scenario: More names than partitions
    Given an open master with a computer of 24 partitions
    When 64 clients request distinct names at once
    Then 24 of them get a partition, each another one
    And the other 40 are told that nothing is free

  Scenario: The same name
    Given an open master with a computer of 24 partitions
    When 32 clients request the same name at once
    Then all of them get the same partition

  Scenario: A computer cannot lose a busy partition
    Given an open master with a computer of 2 partitions
    And the instances one, two
    When the computer is described with 1 partition
    Then it is refused with 409, naming slappart1
    And the operator is shown the instance two on local_computer

  Scenario: What is destroyed before it exists takes no room
    Given an open master with a computer of 1 partitions
    When ghost is requested in state destroyed
    Then it is answered with 200
    And 1 partitions are free

  Scenario: The state of a root bounds its children from the start
    Given an open master with a computer of 2 partitions
    And the instances one
    When one is requested in state stopped
    And the partition of one requests child in state started
    Then the answer says that it is stopped

  Scenario: What no node could obey is refused
    Given an open master with a computer of 1 partitions
    When javascript:alert(1) is supplied
    Then it is refused with 400, naming cannot be fetched
    When one is requested with retention_delay -1
    Then it is refused with 400, naming retention_delay
    And 1 partitions are free
