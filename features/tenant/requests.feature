Feature: Requesting, looking and changing one's mind
  A tenant asks for instances with parameters, sees what became of them, and is told what is wrong before anything
  is sent.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator has formatted the computer
    And the client knows the alias hello for the release

  Scenario: A request is answered with its state, and listed
    When the tenant runs: request web hello
    Then the command succeeds
    And it prints the state started
    When the tenant runs: service list
    Then it lists the service web
    When the tenant runs: list
    Then it lists the service web
    When the tenant runs: service info web
    Then it prints the requested state started

  Scenario: Parameters hold spaces and unicode, and may be repeated
    When the tenant requests web with --parameters "a=b c" "é=ü" --parameters "n=1"
    Then the command succeeds
    And the parameters of web are {"a": "b c", "é": "ü", "n": "1"}

  Scenario: The release's schema decides how parameters are written
    Given the release has a schema in which count is a number, written as json-in-xml
    When the tenant requests web with --parameters count=3
    Then the command succeeds
    And the parameters of web are {"_": {"count": 3}}

  Scenario: What does not meet the schema is not sent
    Given the release has a schema in which count is a number, written as json-in-xml
    When the tenant requests web with --parameters count=many
    Then the command ends with status 1
    And it says "$.count: 'many' is not of type 'integer'"
    And it hints at "the schema is"
    When the tenant runs: service list
    Then it lists no service

  Scenario: The serialisation may be forced
    When the tenant requests web with --force-serialisation json-in-xml --parameters a=1
    Then the command succeeds
    And the parameters of web are {"_": {"a": "1"}}

  Scenario: Parameters come from a file
    Given a file p.yaml that says: {a: 1, b: x}
    When the tenant requests web with --parameters-file p.yaml --parameters b=y
    Then the command succeeds
    And the parameters of web are {"a": "1", "b": "y"}

  Scenario: A state is kept until another is asked for
    When the tenant runs: request web hello --state stopped
    And the tenant runs: request web hello
    Then it prints the state stopped
    When the tenant runs: request web hello --state destroyed
    Then it prints the state destroyed

  Scenario: A shared instance lives on another
    When the tenant runs: request shared hello --slave
    Then the command ends with status 1
    When the tenant runs: request host hello --type default --node computer_guid=COMP-1
    And the tenant runs: request shared hello --slave
    Then the command succeeds

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

  Scenario: The log file is always as with -v
    When the tenant runs: supply hello COMP-1 -q --log-file slapos.log
    Then the command succeeds
    And the file slapos.log says "DEBUG"
    And the file slapos.log says "will be installed on COMP-1"
    And nothing is said
