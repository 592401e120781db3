@over_http
Feature: The consumption of a computer is collected
  Figures are kept by day, told to monitoring, and reported to the master.

  Background:
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the operator ran: node format --now

  Scenario: Figures are collected again and again
    Given the operator ran: node collect
    When the operator runs: node collect
    Then the command succeeds
    And there are figures of 2 moments
    And each partition's monitoring finds what it uses

  Scenario: The consumption of a day is reported once, and sent by node report
    Given figures were collected yesterday
    When the operator runs: node collect
    Then the command succeeds
    And the journal of yesterday waits to be sent
    When the operator runs: node report --now
    Then the command succeeds
    And no journal waits to be sent
    When the operator runs: node collect
    Then no journal waits to be sent

  Scenario: A database that is broken
    Given the database of figures is broken
    When the operator runs: node collect
    Then the command ends with status 1
    And it says "the database of figures"
