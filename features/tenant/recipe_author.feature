Feature: A recipe author tests against the rules of a master
  Somebody who writes recipes installs slap-domain alone, requests instances in a unit test, and finds the same in production.

  Scenario Outline: Requesting and publishing, <where>
    Given a master with a computer of 2 free partitions
    When the recipe's author requests web with the parameter port=80
    Then the parameter port of web is 80
    And web is allocated
    When the instance web publishes url=http://web/
    And the recipe's author requests web with the parameter port=80
    Then web answers with url=http://web/

    @in_memory
    Examples:
      | where          |
      | in a unit test |

    @over_http
    Examples:
      | where                               |
      | from a real client to a real master |

  Scenario Outline: A full master refuses one more, <where>
    Given a master with a computer of 1 free partitions
    When the recipe's author requests web with the parameter port=80
    Then one more instance is refused

    @in_memory
    Examples:
      | where          |
      | in a unit test |

    @over_http
    Examples:
      | where                               |
      | from a real client to a real master |
