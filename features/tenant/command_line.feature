@over_http
Feature: The command line that people know
  Everybody who knew the slapos command finds their commands and options again, explained, and a word that is
  mistyped finds its way.

  Scenario Outline: Bare or with --help, it lists every command in its group
    When somebody types: slapos <words>
    Then the command succeeds
    And it lists the groups "client commands", "node commands" and "other commands"
    And it lists every command of the contract

    Examples:
      | words  |
      |        |
      | --help |
      | help   |

  Scenario: Every command and option of the contract is there, explained alike in both ways
    Then every command of the contract explains itself, by --help and by help
    And every option of the contract is explained

  Scenario: Every command reads the configuration that --cfg names
    Then every command of the contract that takes --cfg says when the file that it names is missing

  Scenario Outline: A mistyped command names the nearest
    When somebody types: slapos <words>
    Then the command ends with status 5
    And it says "is not a slapos command"
    And it hints at "did you mean `slapos <meant>`?"

    Examples:
      | words       | meant        |
      | reqest a b  | request      |
      | node sttaus | node status  |
      | servce list | service list |

  Scenario: A mistyped option names the nearest
    When somebody types: slapos request --paramters a=1 name url
    Then the command ends with status 5
    And it hints at "did you mean --parameters?"

  Scenario: An abbreviation of several options names the nearest, and how it is written
    When somebody types: slapos request name url --parameter x
    Then the command ends with status 5
    And it says "ambiguous option: --parameter"
    And it hints at "did you mean `--parameters option1=value1 'option2=value 2'`?"

  Scenario: Without a configuration it says how to make one
    When somebody types: slapos service list
    Then the command ends with status 1
    And it says "slapos-client.cfg: no such configuration file"
    And it hints at "slapos configure client"
    And it shows no traceback of ours

  Scenario Outline: A configuration that is wrong names the file, the section and the key
    Given slapos-client.cfg in the home directory says: <text>
    When somebody types: slapos service list
    Then the command ends with status 1
    And it says "slapos-client.cfg: section [slapos]: <complaint>"

    Examples:
      | text                     | complaint                     |
      | [slapos]                 | master_url is missing         |
      | [slapos] master_url=here | master_url = 'here' is no URL |
