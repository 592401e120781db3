Feature: A master lets others answer
  Requests for some releases are handed on to other masters, and the operator sees what those run.

  Scenario: What another master runs is listed, and what it refuses is not
    Given the masters front > back, each handing on to the next
    And a computer of 1 partitions at back
    When front is asked for web
    Then it is answered with 200
    When front is asked for more
    Then it is refused with 404, naming No free computer partition
    And front lists as run elsewhere: user_web
    When front is asked for web in state destroyed
    Then front lists as run elsewhere: nothing

  Scenario: What nobody answered may run, and stays listed
    Given the masters front > back, each handing on to the next
    When back does not answer any more
    And front is asked for web
    Then it is answered with 523
    And front lists as run elsewhere: user_web

  Scenario Outline: A circle is refused by whoever closes it
    Given the masters <circle>, each handing on to the next
    When red is asked for web
    Then it is refused with 409, naming <count> masters
    And red lists as run elsewhere: nothing
    And blue lists as run elsewhere: nothing

    Examples:
      | circle                    | count |
      | red > blue > red          | 2     |
      | red > green > blue > red  | 3     |
