@over_http
Feature: A Python console with the master at hand
  Somebody who writes scripts has the master, the aliases and the products in scope, typed into or in a file.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator has formatted the computer
    And the client knows the alias hello for the release

  Scenario: A script asks the master
    Given a file s.py that says: print(request(hello, "web").getId(), supply(hello, "COMP-1"), *slap.getOpenOrderDict())
    When the tenant runs: console s.py
    Then the command succeeds
    And it prints "slappart0 None web"

  Scenario: A script knows the products of the master
    Given a file s.py that says: print(product.hello)
    When the tenant runs: console s.py
    Then the command succeeds
    And it prints "http://127.0.0.1:9/hello.cfg"

  Scenario: What a script is refused is shown as its own
    Given a file s.py that says: request(hello, "web", filter_kw={"computer_guid": "COMP-9"}).getId()
    When the tenant runs: console s.py
    Then the command ends with status 1
    And it says "s.py"
    And it shows no traceback of ours

  Scenario Outline: Plain Python reads what is typed
    When the tenant types print("alias", hello, len(slap.getOpenOrderDict())) into: console <option>
    Then the command succeeds
    And it says "Aliases: hello."
    And it prints the alias of the release and 0

    Examples:
      | option   |
      | -p       |
      | --python |

  Scenario Outline: Options stand over the keys of the file
    Given a file s.py that says: print(len(slap.getOpenOrderDict()))
    When the tenant runs: console <words> s.py
    Then the command ends with status 1
    And it says "<complaint>"

    Examples:
      | words                                              | complaint                            |
      | -u http://127.0.0.1:9/                             | http://127.0.0.1:9/                  |
      | --master_url http://127.0.0.1:9/                   | http://127.0.0.1:9/                  |
      | -k /no/where.key -c slapos-client.cfg              | key_file = '/no/where.key' names     |
      | --key_file /no/where.key --cert_file slapos-client.cfg | key_file = '/no/where.key' names |
      | -k slapos-client.cfg -c /no/where.crt              | cert_file = '/no/where.crt' names    |
      | --key_file slapos-client.cfg --cert_file /no/where.crt | cert_file = '/no/where.crt' names |
