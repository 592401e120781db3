@linux_host @root
Feature: A node survives a disk that is full
  What cannot be written fails and is told; what runs goes on, and the next pass puts right what there is room for.

  Background:
    Given a computer with 3 partitions, configured in files, that has built its release
    And its partitions are on a disk of 8 megabytes
    And slapos.cfg also says instance_min_free_space = 0
    And its master is started
    And the service web runs

  Scenario: The disk of the partitions fills up, and is given room again
    When the disk is full
    And the tenant runs: request other RELEASE
    And the operator runs: node instance --now
    Then the command ends with status 1
    And it says "No space left on device"
    And it says "1 unchanged, 1 failed"
    And the page of web says "Hello"
    When the disk has room again
    And the operator runs: node instance --now
    Then the command succeeds
    And it says "1 unchanged, 1 started"
    And the page of web says "Hello"
    And one process serves the page of web

  Scenario: What is destroyed makes room on a disk that is full
    When the disk is full
    And the tenant runs: request web RELEASE --state destroyed
    And the operator runs: node instance --now
    Then the command succeeds
    And no process of web is left
    When the operator runs: node report --now
    Then the command succeeds
    And its partition is as it was formatted
