@over_http
Feature: What the operator's commands of the master are told
  Options choose where the master listens and keeps its records, and what of them is shown.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator has formatted the computer
    And the client knows the alias hello for the release

  Scenario Outline: What is shown may be chosen
    When the tenant runs: supply hello COMPUTER
    And the tenant runs: request web hello --parameters a=1
    And the tenant runs: request site hello --slave
    And the operator runs: proxy show <option> --format json
    Then the kinds that it shows are <kinds>

    Examples:
      | option       | kinds                         |
      | --computers  | computers, usage              |
      | --software   | software                      |
      | --partitions | instances, partitions         |
      | --slaves     | slaves                        |
      | --params     | instances, slaves             |
      | --network    | partitions                    |

  Scenario Outline: The records may be elsewhere
    When the operator runs: proxy show <option> /no/where/db
    Then the command ends with status 1
    And it says "there is no database /no/where/db"
    When the operator runs: proxy start --port 0 <option> /no/where/db
    Then the command ends with status 1
    And it says "/no/where"

    Examples:
      | option         |
      | -u             |
      | --database-uri |

  Scenario: Where it listens
    When the operator runs: proxy start --host 0.0.0.0
    Then the command ends with status 1
    And it says "host 0.0.0.0 can be reached from the network"
    When the operator runs: proxy start --port 65536
    Then the command ends with status 1
    And it says "65536"

  Scenario: Releases move with their root
    Given the directories old and new, each with a release
    When a master runs by: proxy start --port 0 --database-uri HERE/db --local-software-release-root HERE/old
    And the release in old is supplied to it
    And a master runs by: proxy start --port 0 --database-uri HERE/db --local-software-release-root HERE/new
    And the operator runs: proxy show --software --database-uri db --format json
    Then it says "HERE/new/software.cfg"
    And it does not say "HERE/old/software.cfg"
