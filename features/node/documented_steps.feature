Feature: The same life, in the documented steps
  An operator runs each step by its own command, with the files and the exit codes that they know.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started

  Scenario: From a supplied release to an empty partition
    When the operator runs: node format --now
    Then the command succeeds
    When the tenant runs: supply RELEASE COMPUTER
    Then the command succeeds
    When the operator runs: node software --now
    Then the command succeeds
    And the release is complete
    When the tenant runs: request web RELEASE --parameters greeting=Bonjour
    Then the command succeeds
    When the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Bonjour"
    When the operator runs: node status
    Then it says "slappart0:web-on-watch"
    And it says "RUNNING"
    When the tenant runs: request web RELEASE --parameters greeting=Salut
    And the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Salut"
    When the operator runs: node stop slappart0:
    Then the command succeeds
    And the page of web is away
    When the tenant runs: request web RELEASE --state destroyed
    Then the command succeeds
    When the operator runs: node instance --now
    Then the command succeeds
    When the operator runs: node report --now
    Then the command succeeds
    And the partition slappart0 is empty
    When the tenant runs: remove RELEASE COMPUTER
    Then the command succeeds
    When the operator runs: node software --now
    Then the command succeeds
    And the release is gone
    When the tenant runs: service info web
    Then the command ends with status 2

  Scenario: A service that crashes is seen, and runs again after the next pass
    Given the service web runs
    When the program of web is killed
    Then the master hears of it
    When the operator runs: node instance --now
    Then the command succeeds
    And the page of web says "Hello"

  Scenario: A partition that fails does not stop the others
    Given the service web runs
    When the tenant runs: request broken RELEASE --parameters fail=nothing-works
    And the tenant runs: request other RELEASE
    And the operator runs: node instance --now
    Then the command ends with status 1
    And it says "nothing-works"
    And the page of web says "Hello"
    And the page of other says "Hello"

  Scenario: What became of a service is told to its owner
    Given the service web runs
    When the tenant runs: service info web
    Then it prints the status green
    When the tenant runs: request broken RELEASE --parameters fail=nothing-works
    And the operator runs: node instance --now
    And the tenant runs: service info broken
    Then it prints the status red
    When the tenant runs: service info broken --news
    Then it says "ValueError: nothing-works"

  Scenario: Promises that fail end a pass with a status of their own
    Given the service web runs
    When somebody else takes the port of web
    And the operator runs: node instance --now --all
    Then the command ends with status 2
    And it says "page-answers"

  Scenario: A full computer refuses one more
    Given the service web runs
    When the tenant runs: request two RELEASE
    And the tenant runs: request three RELEASE
    And the tenant runs: request four RELEASE
    Then the command ends with status 1
    And it says "partition"
    When the tenant runs: service list
    Then the command succeeds

  Scenario: A second run while one holds the pid file
    Given another run of the node holds its pid file
    When the operator runs: node instance --now
    Then the command ends with status 10

  Scenario: A release that does not build is told to its owner, and the next one is built
    Given a profile broken.cfg that does not build
    When the operator runs: node format --now
    And the tenant runs: supply BROKEN COMPUTER
    And the tenant runs: supply RELEASE COMPUTER
    And the operator runs: node software --now
    Then the command ends with status 1
    And it says "missing"
    And the release is complete

  Scenario: A port that is taken
    When the operator runs: proxy start
    Then the command ends with status 1
    And it says "in use"
    And the master still answers

  Scenario Outline: A configuration that is wrong is told with its place
    Given slapos.cfg says <line> in place of <old>
    When the operator runs: <command>
    Then the command ends with status 1
    And it says "slapos.cfg"
    And it says "<section>"
    And it says "<key>"
    And it shows no traceback of ours

    Examples:
      | command             | old                  | line                       | section    | key              |
      | node software --now | master_url = URL     | unused = 1                 | [slapos]   | master_url       |
      | node instance --now | computer_id = COMPUTER | computer_id = a/b        | [slapos]   | computer_id      |
      | node format --now   | partition_amount = 3 | partition_amount = several | [slap      | partition_amount |

  Scenario: A software root that cannot be written
    Given the software root is a file
    When the operator runs: node format --now
    Then the command ends with status 1
    And it says "software"
    And it shows no traceback of ours
