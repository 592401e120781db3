Feature: A recipe author tests against the rules of a master
  Somebody who writes recipes installs slap-domain alone, requests instances in a unit test, and finds the same in production.

  @in_memory
  Scenario: In a unit test
    Given a master with a computer of 2 free partitions
    When the recipe's author requests web with the parameter port=80
    Then the parameter port of web is 80
    And web is allocated
    When the instance web publishes url=http://web/
    And the recipe's author requests web with the parameter port=80
    Then web answers with url=http://web/

  @over_http
  Scenario: The same, from a real client to a real master
    Given a master with a computer of 2 free partitions
    When the recipe's author requests web with the parameter port=80
    Then the parameter port of web is 80
    And web is allocated
    When the instance web publishes url=http://web/
    And the recipe's author requests web with the parameter port=80
    Then web answers with url=http://web/

  @in_memory
  Scenario: A full master refuses one more
    Given a master with a computer of 1 free partitions
    When the recipe's author requests web with the parameter port=80
    Then one more instance is refused

  @over_http
  Scenario: A full master refuses one more, over HTTP as well
    Given a master with a computer of 1 free partitions
    When the recipe's author requests web with the parameter port=80
    Then one more instance is refused
