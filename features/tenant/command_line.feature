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
    Then each of these ends with status 1 and says "none.cfg: no such configuration file":
      | computer info x --cfg none.cfg         |
      | computer list --cfg none.cfg           |
      | computer token --cfg none.cfg          |
      | console --cfg none.cfg                 |
      | remove x x --cfg none.cfg              |
      | request x x --cfg none.cfg             |
      | service info x --cfg none.cfg          |
      | service list --cfg none.cfg            |
      | supply x x --cfg none.cfg              |
      | node bang --cfg none.cfg               |
      | node boot --cfg none.cfg               |
      | node collect --cfg none.cfg            |
      | node format --cfg none.cfg             |
      | node instance --cfg none.cfg           |
      | node promise --cfg none.cfg            |
      | node prune --cfg none.cfg              |
      | node report --cfg none.cfg             |
      | node restart --cfg none.cfg            |
      | node software --cfg none.cfg           |
      | node start --cfg none.cfg              |
      | node status --cfg none.cfg             |
      | node stop --cfg none.cfg               |
      | node supervisorctl --cfg none.cfg      |
      | node supervisord --cfg none.cfg        |
      | node tail --cfg none.cfg               |
      | cache lookup x --cfg none.cfg          |
      | cache source x --cfg none.cfg          |
      | proxy show --cfg none.cfg              |
      | proxy start --cfg none.cfg             |
      | node --cfg none.cfg                    |
      | cachelookup url x --cfg none.cfg       |
      | cachelookup binary-sr x --cfg none.cfg |
      | cachelookup pypi x x --cfg none.cfg    |

  Scenario: The version is one line
    When somebody types: slapos --version
    Then the command succeeds
    And it says "slapos "

  Scenario: Completion is printed for a shell, and for another name
    When somebody types: slapos complete --shell fish
    Then it says "complete -c slapos"
    When somebody types: slapos complete --name myslapos
    Then it says "_shtab_slapos myslapos"

  Scenario Outline: The site that gives certificates may be another than the master
    When somebody types: slapos <command> --token x --master-url-web https://127.0.0.1:9/
    Then the command ends with status 1
    And it says "https://127.0.0.1:9/"

    Examples:
      | command                            |
      | configure client                   |
      | node register mine --cfg etc/x.cfg |

  Scenario: Who is asked for a token is told where it comes from, and what to look at when nothing answers there
    When somebody opens on a terminal: slapos configure client --master-url-web http://127.0.0.1:9/
    Then the prompt "credential security token from http://127.0.0.1:9/: " is shown, and a token is typed
    And it ends with "http://127.0.0.1:9/Person_getCertificate cannot be reached: connection refused" and a hint

  Scenario: The log is coloured on a terminal when that is asked for
    When somebody types on a terminal: slapos service list
    Then it is shown without colour
    When somebody types on a terminal: slapos service list --log-color
    Then it is shown in red

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
