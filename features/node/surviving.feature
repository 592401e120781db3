Feature: A node survives what its processes do
  Whatever is killed, hangs, forks away or never stops talking: the next pass of the node puts it right, and
  leaves nothing behind.

  Background:
    Given a computer with 3 partitions, configured in files, that has built its release
    And its master is started
    And the service web runs

  Scenario: The node is killed at any moment of a pass
    When the node is killed at 50 moments of passes that change web
    And the operator runs: node instance --now
    Then the command succeeds
    And web says what was asked for last
    And one process serves the page of web
    And no killed pass has left anything

  Scenario: The node is killed at any moment of a build
    When the tenant runs: supply RELEASE COMPUTER
    And the node is killed at 15 moments of builds
    And the operator runs: node software --now --software-root other
    Then the command succeeds
    And the release is built below other
    And no killed pass has left anything

  Scenario: The node is killed at any moment of a report
    Given web has left 3000 files
    When the tenant runs: request web RELEASE --state destroyed
    And the operator runs: node instance --now
    And the node is killed at 10 moments of reports
    And the operator runs: node report --now
    Then the command succeeds
    And no process of web is left
    And its partition is as it was formatted
    And no killed pass has left anything

  Scenario: The node is killed at any moment of a pruning
    Given 20 shared parts that nothing uses, and one that a release uses
    When the node is killed at 10 moments of prunings
    And the operator runs: node prune
    Then the command succeeds
    And the used shared part alone is left

  Scenario: The node is killed, and with it the keepers of what it runs
    Given web has also a recipe that hangs
    When the operator starts: node instance --now --all
    And the recipe has hidden what it started
    And the node is killed with its keepers
    Then what forked away still runs
    When web has no such recipe any more
    And the operator runs: node instance --now --all
    Then the command succeeds
    And nothing of the recipe still runs
    And one process serves the page of web

  Scenario: The supervisor is killed
    When the supervisor of the node is killed
    And the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Hello"
    And one process serves the page of web
    When the operator runs: node status
    Then it says "RUNNING"

  Scenario: The supervisor is shut down
    When the operator runs: node supervisorctl shutdown
    And the operator runs: node status
    And the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Hello"
    And one process serves the page of web
    When the operator runs: node stop all
    And the operator runs: node instance --now
    Then no process serves the page of web

  Scenario: The watchdog is killed, and then the service it watched
    When the watchdog of the node is killed
    And the program of web is killed
    Then the master hears of it
    When the operator runs: node instance --now
    Then the command succeeds
    And one process serves the page of web

  Scenario: The master is killed in the middle of a pass
    Given web has also a recipe that waits
    When the operator starts: node instance --now --all
    And the recipe waits
    And the master is killed
    And the recipe goes on
    Then the started command ends with status 3
    And the page of web says "Hello"
    When its master is started again
    And the operator runs: node instance --now
    Then the command succeeds
    And one process serves the page of web

  Scenario: Two nodes work at once
    Given web has also a recipe that waits
    When the operator starts: node instance --now --all
    And the recipe waits
    And the operator runs: node instance --now --all
    Then the command ends with status 10
    And it says "holds"
    When the recipe goes on
    Then the started command ends with status 0

  Scenario: The release is read-only
    Given its release is read-only
    When the operator runs: node instance --now --all
    Then the command succeeds

  Scenario: A service forks away
    Given web has also a service that forks away
    When the operator runs: node instance --now --all
    Then what forked away still runs
    When the tenant runs: request web RELEASE --state stopped
    And the operator runs: node instance --now
    Then the command succeeds
    And no process of web is left

  Scenario Outline: A <what> leaves something running
    Given web has also a <what> that leaves something running
    When the operator runs: <command>
    Then the command succeeds
    And nothing of the <what> still runs

    Examples:
      | what          | command                   |
      | promise       | node promise              |
      | recipe        | node instance --now --all |
      | report script | node report --now         |

  Scenario: A promise hangs
    Given web has also a promise that hangs
    When the operator runs: node promise --promise-timeout 2
    Then the command ends with status 2
    And it says "timed out after 2 seconds"
    And nothing of the promise still runs

  Scenario Outline: A <what> hangs
    Given web has also a <what> that hangs
    And slapos.cfg also says partition_timeout = 2
    When the operator runs: <command>
    Then the command ends with status 1
    And it says "<words>"
    And nothing of the <what> still runs
    When web has no such <what> any more
    And the operator runs: <command>
    Then the command succeeds
    And one process serves the page of web

    Examples:
      | what          | command                   | words                    |
      | recipe        | node instance --now --all | took more than 2 seconds |
      | report script | node report --now         | took too long            |

  Scenario: A promise never stops talking
    Given web has also a promise that prints 10 megabytes and fails
    When the operator runs: node promise
    Then the command ends with status 2
    And it says "FAILED"
    And the stored result of the promise is the end of what it said

  Scenario Outline: A <what> prints 10 megabytes
    Given web has also a <what> that prints a line of 10 megabytes
    When the operator runs: <command>
    Then the command succeeds
    And it says "more bytes"
    And what it says is shorter than 64 kilobytes

    Examples:
      | what          | command                   |
      | recipe        | node instance --now --all |
      | report script | node report --now         |
