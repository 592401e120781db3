Feature: A service runs from one command
  Somebody with a Python and no configuration gets a service that runs, is supervised and checked, from one command
  and in one directory, which holds everything.

  Scenario: From nothing to a page, and back to nothing
    Given an empty directory
    And a release that builds without the package index
    When it is run detached, with the parameter greeting=Bonjour
    Then the command succeeds
    And it prints a URL whose page says "Bonjour"
    And its progress shows "building", "asking the promises" and "is deployed"
    When its status is asked
    Then the command succeeds
    And it tells that the service is started
    When it is run detached, with the parameter greeting=!py!1
    Then it prints a URL whose page says "!py!1"
    When it is run detached, with the parameter greeting=Salut
    Then the command succeeds
    And nothing was built again
    And it prints a URL whose page says "Salut"
    When it is stopped
    Then the command succeeds
    And no process is left
    When its status is asked
    Then the command ends with status 2
    When it is run detached again
    Then the command succeeds
    And nothing was built again
    And it prints a URL whose page says "Salut"
    When it is destroyed
    Then the command succeeds
    And no process is left
    And its directory is gone

  Scenario: Whatever was stopped behind its back runs again
    Given an empty directory
    And a release that builds without the package index
    When it is run detached
    Then it prints a URL whose page says "Hello"
    When the program of the service is stopped by the operator
    And it is run detached again
    Then it prints a URL whose page says "Hello"
    And nothing was built again
    When it is stopped
    And the state of the node's programs is asked
    And it is run detached again
    Then the command succeeds
    And it prints a URL whose page says "Hello"
    When it is stopped
    And the state of the node's programs is asked
    And it is stopped
    Then no process is left
    When the state of the node's programs is asked
    And it is destroyed
    Then the command succeeds
    And no process is left

  Scenario: Looked after also when detached
    Given an empty directory
    And a release that builds without the package index
    When it is run detached
    Then it prints a URL whose page says "Hello"
    When the service's program is killed
    Then the printed page is there again
    When its supervisor is killed
    Then another supervisor runs its programs
    And the printed page is there again
    When it is stopped
    Then the command succeeds
    And no process is left

  Scenario: What a supervisor that was killed left at work is told, and ends
    Given an empty directory
    And a release that builds without the package index
    When it is run detached
    And whoever looks after it is killed
    And its supervisor is killed
    And its status is asked
    Then the command ends with status 2
    And it says "its supervisor does not run"
    And it says "UNSUPERVISED"
    When it is stopped
    Then the command succeeds
    And no process is left

  Scenario Outline: A service that ends by itself is told with what it printed
    Given an empty directory
    And a release whose service ends <when>, with <promises>
    When it is run detached
    Then the command ends with status 1
    And it says "web ended with status 3"
    And it says "no such table"
    And no process is left

    Examples:
      | when                | promises    |
      | at once             | its promise |
      | after three seconds | no promise  |

  Scenario: A local release that was edited is built and deployed again
    Given an empty directory
    And a release that builds without the package index
    When it is run detached
    Then it prints a URL whose page says "Hello"
    When its page is edited to say "Edited"
    And it is run detached again
    Then the command succeeds
    And it says "was changed since it was built"
    And it prints a URL whose page says "Edited"
    When it is run detached again
    Then nothing was built again

  Scenario: In the foreground until Ctrl-C
    Given an empty directory
    And a release that builds without the package index
    When it is run in the foreground
    Then its page is there
    When the service's program is killed
    Then its page is there again
    When Ctrl-C is pressed
    Then the foreground command succeeds
    And no process is left

  Scenario: Stopped from another terminal
    Given an empty directory
    And a release that builds without the package index
    When it is run in the foreground
    Then its page is there
    When it is run detached again
    Then the command ends with status 10
    And it says "in use by process"
    When it is stopped
    Then the command succeeds
    And no process is left

  Scenario: A second service in the same directory, and a third without room
    Given an empty directory
    And a release that builds without the package index
    When it is run detached, with 2 partitions, as first
    Then the command succeeds
    When it is run detached, with 2 partitions, as second
    Then the command succeeds
    When it is run detached, with 2 partitions, as third
    Then the command ends with status 1
    And it says "no partition is free for third"
    And it hints at "--partitions"
    When its status is asked
    Then the command succeeds

  Scenario Outline: What cannot be run ends with a message, and leaves no process behind
    Given an empty directory
    And <profile>
    When it is run detached
    Then the command ends with status 1
    And it says "<message>"
    And it gives a hint
    And no process is left

    Examples:
      | profile                               | message                 |
      | a URL where nothing answers           | Connection refused      |
      | a path of no profile                  | there is no profile     |
      | a profile that does not build         | was not defined         |
      | a release whose instance fails        | the recipe gave up      |
      | a directory that holds something else | which is none of ours   |
      | a directory that cannot be made       | cannot be used          |
      | a directory whose name is too long    | has a path of           |
      | a URL without a host                  | names no host           |
      | a URL that is none                    | is no URL               |

  Scenario: A port that is taken is told by the promise
    Given an empty directory
    And a release that builds without the package index
    And somebody else listens on the port that its service will use
    When it is run detached, waiting 2 seconds for its promises
    Then the command ends with status 1
    And it says "page-answers"
    And no process is left

  @index
  Scenario: The first example, on real packages, and no fake is loaded
    Given an empty directory
    And the release of the example hello-web
    When it is run detached while imports are watched, with the parameter greeting=Bonjour
    Then the command succeeds
    And it prints a URL whose page says "Bonjour"
    And nothing below slap_domain.testing was imported
    When it is run detached, with the parameter greeting=Salut
    Then it prints a URL whose page says "Salut"
    And nothing was built again
    When it is destroyed
    Then no process is left

  @index
  Scenario: The second example runs published recipes and a published promise
    Given an empty directory
    And the release of the example ecosystem
    When it is run detached, with the parameter title=Spring
    Then the command succeeds
    And it prints a URL whose page says "Spring"
    When the program of the service is stopped by the operator
    And the promises are run
    Then the command ends with status 2
    And it says "web-server-is-available"
    When the program of the service is started by the operator
    And the promises are run
    Then the command succeeds
    When it is run detached, with the parameter title=Autumn
    Then it prints a URL whose page says "Autumn"
    When it is destroyed
    Then no process is left
