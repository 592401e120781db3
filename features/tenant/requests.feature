@over_http
Feature: Requesting, looking and changing one's mind
  A tenant asks for instances with parameters, sees what became of them, and is told what is wrong before anything
  is sent.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator has formatted the computer
    And the client knows the alias hello for the release

  Scenario: A request is answered with its state, and listed
    When the tenant runs: service list
    Then it lists no service
    When the tenant runs: list --format table
    Then it says "no services; `slapos request` makes one"
    When the tenant runs: request web hello
    Then the command succeeds
    And it prints the state started
    When the tenant runs: service list
    Then it lists the service web
    When the tenant runs: list
    Then it lists the service web
    When the tenant runs: service info web
    Then it prints the requested state started
    When the tenant runs: info web
    Then it prints the requested state started

  Scenario Outline: A release is named by its alias, by its path, and by its product
    When the tenant runs: supply <release> COMPUTER
    Then the command succeeds
    And it says "will be installed on COMP-1 at its next `slapos node software`"
    When the tenant runs: request web <release>
    Then the command succeeds
    And it prints the state started
    When the tenant runs: remove <release> COMPUTER
    Then the command succeeds
    And it says "will be removed from COMP-1 at its next `slapos node software`"

    Examples:
      | release       |
      | hello         |
      | RELEASE       |
      | product.hello |

  Scenario: Parameters hold spaces and unicode, and may be repeated
    When the tenant runs: request web hello --parameters "a=b c" "é=ü" --parameters "n=1"
    Then the command succeeds
    And the parameters of web are {"a": "b c", "é": "ü", "n": "1"}

  Scenario: The release's schema decides how parameters are written
    Given the release has a schema in which count is a number, written as json-in-xml
    When the tenant runs: request web hello --parameters count=3
    Then the command succeeds
    And the parameters of web are {"_": {"count": 3}}

  Scenario: What does not meet the schema is not sent
    Given the release has a schema in which count is a number, written as json-in-xml
    When the tenant runs: request web hello --parameters count=many
    Then the command ends with status 1
    And it says "$.count: 'many' is not of type 'integer'"
    And it hints at "the schema is"
    When the tenant runs: service list
    Then it lists no service

  Scenario: The serialisation may be forced
    When the tenant runs: request web hello --force-serialisation json-in-xml --parameters a=1
    Then the command succeeds
    And the parameters of web are {"_": {"a": "1"}}

  Scenario: Parameters come from a file
    Given a file p.yaml that says: {a: 1, b: x}
    When the tenant runs: request web hello --parameters-file p.yaml --parameters b=y
    Then the command succeeds
    And the parameters of web are {"a": "1", "b": "y"}

  Scenario Outline: A file that names a parameter twice is refused
    Given a file <file> that says: <text>
    When the tenant runs: request web hello --parameters-file <file>
    Then the command ends with status 1
    And it says "<complaint>"
    When the tenant runs: service list
    Then it lists no service

    Examples:
      | file   | text                      | complaint                     |
      | p.json | {"a": 1, "b": 2, "a": 3}  | it gives 'a' more than once   |
      | p.yaml | {a: {b: 1, c: 2, b: 3}}   | it gives 'b' more than once   |

  Scenario: Parameters that are not given again are named
    When the tenant runs: request web hello --parameters a=1 b=2
    And the tenant runs: request web hello --parameters a=3
    Then it says "warning: web had the parameter b, which it has no longer"
    And it says "add --parameters b=VALUE"
    And the parameters of web are {"a": "3"}
    When the tenant runs: request web hello --state stopped
    Then it says "warning: web had the parameter a, which it has no longer"
    And the parameters of web are {}

  Scenario: A state is kept until another is asked for
    When the tenant runs: request web hello --state stopped
    And the tenant runs: request web hello
    Then it prints the state stopped
    When the tenant runs: request web hello --state destroyed
    Then it prints the state destroyed

  Scenario Outline: A state is asked for
    When the tenant runs: request web hello --state <state>
    Then the command succeeds
    And it prints the state <state>

    Examples:
      | state     |
      | started   |
      | stopped   |
      | destroyed |

  Scenario: A software type is asked for
    When the tenant runs: request web hello --type special
    And the tenant runs: service info web
    Then it prints the software type special
    When the tenant runs: request web hello
    Then it says "warning: web had the software type special, and has the default one now"
    And it says "add --type special"

  Scenario: A node is asked for
    When the tenant runs: request web hello --node computer_guid=COMP-2
    Then the command ends with status 1
    When the tenant runs: request web hello --node computer_guid=COMP-1
    Then the command succeeds

  Scenario: A shared instance lives on another
    When the tenant runs: request shared hello --slave
    Then the command ends with status 1
    When the tenant runs: request host hello --type default --node computer_guid=COMP-1
    And the tenant runs: request shared hello --slave
    Then the command succeeds
    When the tenant runs: request shared hello
    And the tenant runs: service list --format table
    Then it lists shared once as shared, and once as not

  Scenario: It may be waited until what was asked for is so
    When the tenant runs: request web hello --state stopped --wait
    Then the command succeeds
    And it says "web: stopped"

  Scenario: Nothing is free
    When the tenant runs: request one hello
    And the tenant runs: request two hello
    And the tenant runs: request three hello
    Then the command succeeds
    When the tenant runs: request four hello
    Then the command ends with status 1
    And it gives a hint
    And the master still answers

  Scenario: An alias that is mistyped names the nearest
    When the tenant runs: request web helo
    Then the command ends with status 1
    And it hints at "did you mean hello?"

  Scenario: What is not there ends with 2
    When the tenant runs: service info nothing
    Then the command ends with status 2
    And it hints at "slapos service list"
    When the tenant runs: computer info COMP-9
    Then the command ends with status 2
    And it hints at "slapos computer list"

  Scenario: Failures show where they happened when that is asked for
    When the tenant runs: service info nothing
    Then it does not say "Traceback"
    When the tenant runs: service info nothing --debug
    Then it says "Traceback"

  Scenario: The tenant's computers
    When the tenant runs: computer list
    Then the command succeeds
    And it says "COMP-1"
    When the tenant runs: computer info COMPUTER
    Then the command succeeds
    And it says "Computer Reference: COMP-1"

  Scenario: A token for a computer
    When the tenant runs: computer token
    Then the command succeeds
    And it prints one word

  Scenario: A computer that is mistyped
    When the tenant runs: supply hello COMP-2
    Then the command succeeds
    And it says "warning: the master knows no computer COMP-2 so far"
    And it says "undone by `slapos remove hello COMP-2`"
    When the tenant runs: remove hello COMP-2
    Then the command succeeds

  Scenario Outline: The log file is always as with -v
    When the tenant runs: supply hello COMP-1 <loudness> <option> slapos.log
    Then the command succeeds
    And the file slapos.log says "DEBUG"
    And the file slapos.log says "will be installed on COMP-1"
    And nothing is said

    Examples:
      | loudness | option     |
      | -q       | --log-file |
      | --quiet  | --logfile  |
      | -q       | --log_file |

  Scenario: The log may say more, and have the time
    When the tenant runs: supply hello COMPUTER
    Then it does not say "debug: configuration is read from"
    When the tenant runs: supply hello COMPUTER -v
    Then it says "debug: configuration is read from"
    When the tenant runs: supply hello COMPUTER --verbose
    Then it says "debug: configuration is read from"
    When the tenant runs: supply hello COMPUTER --log-time
    Then each line begins with the time
