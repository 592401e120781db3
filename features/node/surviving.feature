Feature: A node survives what its processes do
  Whatever is killed, hangs, forks away or never stops talking: the next pass of the node puts it right, and
  leaves nothing behind.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the service web runs

  Scenario: The supervisor is killed
    When the supervisor of the node is killed
    And the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Hello"
    And one process serves the page of web
    When the operator runs: node status
    Then it says "RUNNING"

  Scenario: The watchdog is killed, and then the service it watched
    When the watchdog of the node is killed
    And the program of web is killed
    Then the master hears of it
    When the operator runs: node instance --now
    Then the command succeeds
    And one process serves the page of web

  Scenario: A service forks away
    Given web has also a service that forks away
    When the operator runs: node instance --now --all
    Then what forked away still runs
    When the tenant runs: request web RELEASE --state stopped
    And the operator runs: node instance --now
    Then the command succeeds
    And no process of web is left

  Scenario: A promise hangs
    Given web has also a promise that hangs
    When the operator runs: node promise --promise-timeout 2
    Then the command ends with status 2
    And it says "timed out after 2 seconds"
    And nothing of the promise still runs

  Scenario: A promise never stops talking
    Given web has also a promise that prints 10 megabytes and fails
    When the operator runs: node promise
    Then the command ends with status 2
    And it says "FAILED"
    And the stored result of the promise is the end of what it said
