@over_http
Feature: A release is built once and fetched by every other computer like it
  The node sends what it built to the binary cache, signed, and fetches a build instead of building.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master also serves the binary cache, and the node signs and believes with one key
    And the operator ran: node format --now
    And the tenant ran: supply RELEASE COMPUTER
    And the operator ran: node software --now
    And the software directory is emptied

  Scenario: It is fetched instead of built, and instances run from it
    Given the profile of the release does not build any more
    When the operator runs: node software --now
    Then the command succeeds
    And it says "came from the cache"
    And the release is complete
    When the tenant runs: request web RELEASE --parameters greeting=Bonjour
    And the operator runs: node instance --now
    Then the page of web says "Bonjour"
    When the operator runs: cache lookup RELEASE
    Then the command succeeds
    And it says "distribution"
    And it says "| yes"
    When the operator runs: cache lookup 4410088e11f370503e9d78db4cfa4ec4
    Then the command ends with status 1
    And it says "4410088e11f370503e9d78db4cfa4ec4"

  Scenario: A cache that lies is not believed
    Given the contents of the cache are changed
    When the operator runs: node software --now
    Then the command succeeds
    And it says "something else than its SHA-512"
    And the release is complete

  Scenario: A build that somebody else signed is not believed, and what may not be built is not
    Given the node believes in another key
    And releases may only come from the cache
    When the operator runs: node software --now
    Then the command ends with status 1
    And it says "no signed build"
    And it says "may only come from the binary cache"
