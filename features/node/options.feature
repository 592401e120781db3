@over_http
Feature: What the command line says of a pass
  The four passes of a node take the keys of the configuration as options, for one run.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator has formatted the computer

  Scenario Outline: An option stands over the key of the file, and is checked like it
    When the operator runs each of:
      | node software <words> |
      | node instance <words> |
      | node report <words> |
      | node promise <words> |
    Then each ends with status 1
    And each says "<complaint>"

    Examples:
      | words                                  | complaint                                                 |
      | --instance-root /dev/null/x            | /dev/null/x/var/run/slapgrid-                             |
      | --pidfile /dev/null/x.pid              | cannot write the pid file /dev/null/x.pid                 |
      | --master-url nowhere                   | 'nowhere' is no URL of a master                           |
      | --computer-id a/b                      | computer_id = 'a/b' is no computer id                     |
      | --computer-id COMP-9                   | COMP-9                                                    |
      | --promise-timeout soon                 | command line: promise_timeout = 'soon' is not a number     |
      | --partition-timeout soon               | partition_timeout = 'soon' is not a number of seconds     |
      | --maximum-periodicity often            | maximum_periodicity = 'often' is not a whole number       |
      | --key_file /no/key                     | cert_file is missing                                      |
      | --cert_file /no/certificate            | key_file is missing                                       |
      | --certificate_repository_path /no      | certificate_repository_path = '/no' is no directory       |
      | --master_ca_file /no/authority         | master_ca_file = '/no/authority' is no file               |

  Scenario: A release that is not on the computer
    When the tenant runs: supply /no/such/software.cfg COMPUTER
    And the operator runs: node software --now
    Then the command ends with status 1
    And it says "the profile /no/such/software.cfg is not there on this computer"

  Scenario: A pass waits, unless it shall begin now
    When the operator runs each of:
      | node software --maximal_delay 1 |
      | node instance --maximal_delay 1 |
      | node report --maximal_delay 1 |
      | node promise --maximal_delay 1 |
    Then each ends with status 0
    And each says "waiting 1 seconds"
    When the operator runs each of:
      | node software --maximal_delay 100 --now |
      | node instance --maximal_delay 100 --now |
      | node report --maximal_delay 100 --now |
      | node promise --maximal_delay 100 --now |
    Then each ends with status 0
    And none says "waiting"

  Scenario: What has no effect is accepted, and the help says so
    When the operator runs each of:
      | node software --supervisord-socket /no/s --supervisord-configuration-path /no/c --buildout /no/b |
      | node instance --supervisord-socket /no/s --supervisord-configuration-path /no/c --buildout /no/b |
      | node report --supervisord-socket /no/s --supervisord-configuration-path /no/c --buildout /no/b |
      | node promise --supervisord-socket /no/s --supervisord-configuration-path /no/c --buildout /no/b |
    Then each ends with status 0
    When the operator runs each of:
      | node software --help |
      | node instance --help |
      | node report --help |
      | node promise --help |
    Then each explains that --supervisord-socket, --supervisord-configuration-path, --buildout are without effect

  Scenario: What not all passes use is accepted by all, and the help says so
    When the operator runs each of:
      | node software --signature_private_key_file /no/key |
      | node instance --signature_private_key_file /no/key |
      | node report --signature_private_key_file /no/key |
      | node promise --signature_private_key_file /no/key |
    Then each ends with status 0
    When the operator runs: node report --software-root /no/software
    Then the command succeeds
    When the operator runs each of:
      | node software --help |
      | node instance --help |
      | node report --help |
      | node promise --help |
    Then all but node software explain that --signature_private_key_file is without effect
    And only node report explains that --software-root is without effect

  Scenario: A deployment that fails opens the debugger when asked
    Given the service web runs
    When the tenant runs: request web RELEASE --parameters fail=nothing-works
    And the operator runs: node instance --now --buildout-debug
    Then the command ends with status 1
    And it says "Starting pdb"

  Scenario: A software root of its own
    Given a directory other
    When the tenant runs: supply RELEASE COMPUTER
    And the operator runs: node software --now --software-root other
    Then the command succeeds
    And the release is built below other
