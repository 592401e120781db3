Feature: A master that trusts certificates
  Users, computers and partitions act on what is theirs, and nobody else does.

  Background:
    Given a master that trusts certificates
    And the users zoe, max

  Scenario: A computer registers once with a token
    When zoe asks for a computer token
    And a computer called rack registers with it
    Then it is answered with 200
    And the certificate names the computer where nodes look for it
    When a computer called other registers with it
    Then it is answered with 403

  Scenario: Nobody acts on what belongs to somebody else
    Given a computer of zoe with 2 partitions, and the instance web on it
    Then these may do it, and nobody else
      | what                        | who                              |
      | ask what the computer shall | zoe, her computer                |
      | describe the computer       | zoe, her computer                |
      | supply the computer         | zoe, her computer                |
      | report the release          | zoe, her computer                |
      | ask what web shall          | zoe, her computer, her partition |
      | publish for web             | zoe, her computer, her partition |
      | bang web                    | zoe, her computer, her partition |
      | request a child of web      | zoe, her computer, her partition |
      | get the certificate of web  | zoe, her computer, her partition |
      | see the service web         | zoe                              |
      | free the partition of web   | zoe, her computer                |
      | revoke the computer         | zoe, her computer                |

  Scenario: A destroyed instance loses its identity
    Given a computer of zoe with 2 partitions, and the instance web on it
    When the node reports web destroyed
    Then her partition may do nothing any more

  Scenario: The page of another site cannot use somebody's browser
    When zoe's browser shows a page of https://evil.example that supplies a computer
    Then it is refused with 403, naming evil.example
