Feature: A node survives a clock that jumps
  What was noted by a wrong clock is not believed: instances are processed and promises asked by the right one.

  Background:
    Given a computer with 3 partitions, configured in files, that has built its release
    And its master is started
    And the service web runs
    And the node goes by a clock of its own

  Scenario Outline: The clock jumps <direction>
    When the node makes a pass
    Then web was left as it is
    When the clock jumps <direction> by 400 days
    And the node makes a pass
    Then web was deployed again
    And its program is the same as before
    When the clock is right again
    And the node makes a pass
    Then web was left as it is

    Examples:
      | direction |
      | forwards  |
      | backwards |

  Scenario: What promises said in a future that never came is not believed
    Given web has also a promise that holds for now
    When the clock jumps forwards by 400 days
    And the node makes a pass
    And the clock is right again
    And the promise fails from now on
    And the node makes a pass 3 times, each 5 minutes after the other
    Then the promise is said to fail

  Scenario: Files are kept as long as the right clock says
    Given the files of web are to be kept for 2 days once it is destroyed
    When the tenant runs: request web RELEASE --state destroyed
    And the clock jumps forwards by 100000 days
    And the node makes a pass
    And the node reports
    Then the files of web are kept
    When the clock is right again
    And the node reports
    Then the files of web are kept
    When the clock jumps forwards by 3 days
    And the node reports
    Then the partition slappart0 is empty
