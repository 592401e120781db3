@over_http
Feature: What the operator's commands are told
  Each option of the node's commands changes what they do, and each by all of its names.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started

  Scenario Outline: A plan is shown before anything is made
    When the operator runs: node format <option>
    Then the command succeeds
    And it says "slappart1 mode 0750"
    And there is no directory instance

    Examples:
      | option    |
      | --dry_run |
      | -n        |

  Scenario Outline: Formatting writes the files that are named, and reads them again
    When the operator runs: node format --now <console> <xml> c.xml --computer_json c.json <output> c.def
    Then the command succeeds
    And the file c.xml says "COMP-1"
    And the file c.json says "slappart2"
    And the file c.def says "slappart2"
    And it says "<shown>"
    When the operator runs: node format <xml> c.xml <input> none.def
    Then the command ends with status 1
    And it says "none.def"
    When the operator runs: node format <xml> c.xml <input> c.def
    Then it says "nothing to change"

    Examples:
      | console   | xml            | output                   | input                   | shown                    |
      | -c        | -x             | -o                       | -i                      | create directory         |
      | --console | --computer_xml | --output_definition_file | --input_definition_file | create directory         |

  Scenario Outline: A value stands over the key of the file, and is checked like it
    When the operator runs: node format <option> maybe
    Then the command ends with status 1
    And it says "'maybe' is neither true nor false"

    Examples:
      | option          |
      | --alter_user    |
      | --alter_network |

  Scenario Outline: A release is built once, unless all shall be built
    Given a release that makes nothing is built, and web is requested
    When the operator runs: node software
    Then it says "releases: 1 unchanged"
    When the operator runs: node software <option>
    Then it says "releases: 1 built"

    Examples:
      | option  |
      | --all   |
      | --force |

  Scenario: Releases may be chosen, and what nothing needs is removed
    Given a release that makes nothing is built, and web is requested
    And a release that nothing needs lies beside it
    When the operator runs: node software --only-sr BARE
    Then it says "releases: 1 built"
    When the operator runs: node software --only 00000000000000000000000000000000
    Then it says "no release that is supplied"
    When the operator runs: node software --only-sr 00000000000000000000000000000000
    Then it says "no release that is supplied"
    When the operator runs: node software --garbage-collect
    Then it says "removed aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, which nothing needs"

  Scenario: A build that fails opens the debugger when asked
    Given a profile broken.cfg that does not build
    When the operator runs: node format
    And the tenant runs: supply BROKEN COMPUTER
    And the operator runs: node software --buildout-debug
    Then the command ends with status 1
    And it says "Starting pdb"

  Scenario: What is sent to a binary cache is signed with the key that is named
    Given slapos.cfg names a binary cache to send to
    And a profile bare.cfg that makes nothing
    When the operator runs: node format
    And the tenant runs: supply BARE COMPUTER
    And the operator runs: node software --signature_private_key_file /no/signature.key
    Then it says "signature-private-key-file cannot be used"
    And it says "/no/signature.key"

  Scenario: Partitions may be chosen, and processed though nothing changed
    Given a release that makes nothing is built, and web is requested
    When the operator runs: node instance
    Then it says "1 started"
    When the operator runs: node instance --only-cp slappart0
    Then it says "unchanged"
    When the operator runs: node instance --only slappart7
    Then the command ends with status 1
    And it says "slappart7"
    When the operator runs: node instance --only-cp slappart7
    Then the command ends with status 1
    When the operator runs: node instance --all
    Then it says "1 started"
    When the operator runs: node instance --force
    Then it says "1 started"
    When the operator runs: node promise --only-cp slappart0
    Then the command succeeds
    When the operator runs: node promise --only slappart7
    Then it says "slappart7"
    When the operator runs: node promise --only-cp slappart7
    Then it says "slappart7"

  Scenario: Services may be kept stopped
    Given a release that makes nothing is built, and web is requested
    And slappart0 has a service
    When the operator runs: node instance --force-stop
    Then the command succeeds
    And no service of slappart0 runs

  Scenario: What is not built below the software root that is given is not used
    Given a release that makes nothing is built, and web is requested
    And a directory empty
    When the operator runs: node instance --software-root empty
    Then the command ends with status 1
    When the operator runs: node instance
    Then the command succeeds
    Given slappart0 has a promise that its release runs
    And below other lies the release with a Python that is not there
    When the operator runs: node promise --software-root other
    Then the command ends with status 2
    And it says "/no/python"

  Scenario: Booting is told to the master, whatever the message
    Given a release that makes nothing is built, and web is requested
    When the operator runs: node instance
    And the operator runs: node boot -m ignored
    Then the command succeeds
    And it says "COMP-1 is up; every instance will be processed again"
    When the operator runs: node instance
    Then it says "1 started"
    When the operator runs: node boot --message ignored
    Then the command succeeds
    When the operator runs: node boot --help
    Then it says "accepted for compatibility, without effect"

  Scenario: Shared parts that nothing uses are deleted
    Given two shared parts, of which a release elsewhere uses one
    When the operator runs: node prune --dry-run --additional-software-directory elsewhere
    Then it prints the unused part
    And both parts are there
    When the operator runs: node prune --additional-software-directory elsewhere
    Then it says "shared parts: 1 deleted"
    And only the used part is there

  Scenario Outline: The supervisor may stay in the foreground
    When the operator runs: node format
    And the operator starts: node supervisord <option>
    Then what was started is the supervisor

    Examples:
      | option     |
      | -n         |
      | --nodaemon |
