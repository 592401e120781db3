@peer
Feature: Clients that are deployed already work with this master
  They are pip-installed as they are, and run as black boxes.

  Background:
    Given an open master with a computer of 3 partitions

  Scenario Outline: The commands of a tenant
    When the client <version> runs: supply RELEASE local_computer
    Then the client succeeds
    When the client <version> runs: request web RELEASE --parameters colour=red
    Then the client succeeds
    When the client <version> runs: service list
    Then the client succeeds
    And the client says "web"
    When the client <version> runs: service info web
    Then the client succeeds
    And the client says "red"
    When the client <version> runs: service info absent
    Then the client fails
    When the client <version> runs: computer list
    Then the client says "local_computer"
    When the client <version> runs: computer info local_computer
    Then the client succeeds
    When the client <version> runs: computer token
    Then the client succeeds
    When the client <version> runs: remove RELEASE local_computer
    Then the client succeeds
    And the operator is shown the instance web on local_computer

    Examples:
      | version |
      | 1.26.1  |
      | 1.6.10  |

  Scenario Outline: The library of recipes and nodes
    When the library <version> lives the life of an instance
    Then the client succeeds
    And the client says "published: https://example.com/"
    And the client says "child of the partition: db slappart1"
    And the client says "parameters: colour=red count=3"
    And the client says "all partitions: 3, busy 2"
    And the client says "refused: NotFoundError"

    Examples:
      | version |
      | 1.26.1  |
      | 1.6.10  |
