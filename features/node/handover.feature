@peer @index
Feature: A machine changes hands between the existing node and ours
  Both nodes keep the same directories, files and supervisor groups, so that an operator can go from one to
  the other, and back, while services run.

  Background:
    Given a master, and a computer formatted for it
    And a release that is built already, with a service and a promise
    And an instance of it is requested

  Scenario: Services of the existing node survive the change, and the change back
    Given the existing node has deployed the instance
    When our node runs over the same directories
    Then the service has kept its process
    And neither the release nor the partition was built again
    When the existing node runs over the same directories
    Then the service has kept its process
    And neither the release nor the partition was built again

  Scenario: Redirects of ports survive the change, and the change back
    Given the instance wants a port of the machine to lead to it
    And the existing node has deployed the instance
    When our node runs over the same directories
    Then the service and the redirect have kept their processes
    When the existing node runs over the same directories
    Then the service and the redirect have kept their processes
    When the instance is requested to stop
    And our node runs over the same directories
    Then no process of the partition is left

  Scenario: Services of our node survive a visit of the existing one
    Given our node has deployed the instance
    When the existing node runs over the same directories
    Then the service has kept its process
    And neither the release nor the partition was built again
    When our node runs over the same directories
    Then the service has kept its process
    And neither the release nor the partition was built again

  Scenario: Our node finishes what the existing one began
    Given the existing node has deployed the instance
    When the instance is requested to stop
    And our node runs over the same directories
    Then no process of the partition is left
    When the instance is requested to be destroyed
    And our node runs over the same directories
    And our node reports
    Then the partition is free and its directory holds only what format wrote
