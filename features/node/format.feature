@linux_host @root
Feature: A computer is formatted
  Users, directories, addresses, taps and tuns of its partitions are made on a real kernel, in a network and a
  user database of their own.

  Background:
    Given a machine with eth0, which has 2001:db8:1::1/48

  Scenario: Everything is made, and a second run changes nothing
    When the operator formats the machine
    Then the command ends with status 2
    And it says "the master does not know it yet"
    And 2 partitions have their users, directories, addresses, taps and ranges
    When the operator formats the machine
    Then it says "nothing to change"
    And nothing on the machine has changed

  Scenario: A dry run tells the plan and does nothing
    When the operator formats the machine with --dry_run
    Then the command succeeds
    And it says "create user slapuser0 with home"
    And it says "add address 2001:db8:1::2/48 to eth0"
    And it says "create tap slaptap1 for user slapuser1"
    And nothing on the machine has changed

  Scenario: It grows, and never shrinks
    Given the operator formatted the machine
    And its configuration says partition_amount = 3
    When the operator formats the machine
    Then 3 partitions have their users, directories, addresses, taps and ranges
    Given its configuration says partition_amount = 1
    When the operator formats the machine
    Then the command ends with status 1
    And it says "this computer has 3 partitions"
    And nothing on the machine has changed

  Scenario: What a reboot took away is made again
    Given the operator formatted the machine
    And slaptap0 is deleted
    When the operator formats the machine
    Then 2 partitions have their users, directories, addresses, taps and ranges

  Scenario Outline: A machine that will not do is left alone
    Given its configuration says <line>
    When the operator formats the machine
    Then the command ends with status 1
    And it says "<message>"
    And nothing on the machine has changed

    Examples:
      | line                   | message                                 |
      | interface_name = eth7  | interface eth7 does not exist           |
      | interface_name = lo    | interface lo has no global IPv6 address |
      | ipv6_prefixshift = 2   | ipv6_prefixshift 2 has no room          |
      | ipv4_local_network = x | is not an IPv4 network                  |
      | create_tap = yes       | is neither true nor false               |

  Scenario: A prefix that is too small
    Given eth0 has 2001:db8:1::1/120 instead
    When the operator formats the machine
    Then the command ends with status 1
    And it says "too small to be divided by 16 more bits"
    And nothing on the machine has changed

  Scenario: A name that is somebody else's
    Given there is a user slapuser1 with home /home/bob
    When the operator formats the machine
    Then the command ends with status 1
    And it says "user slapuser1 exists already, with home /home/bob"
    And it hints at "user_base_name"
    And nothing on the machine has changed

  Scenario Outline: A device or a directory that is somebody else's
    Given there is <what>
    When the operator formats the machine
    Then the command ends with status 1
    And it says "<message>"
    And it hints at "<way out>"
    And nothing on the machine has changed

    Examples:
      | what                                   | message                          | way out             |
      | a tap slaptap0 that anybody may use    | anybody may use it               | ip link del         |
      | a tap slaptap1 of user nobody          | user nobody may use it           | ip link del         |
      | a directory slappart1 of user nobody   | slappart1 exists already, and belongs to nobody | chown root: |

  Scenario: Names that are changed on a machine that has its partitions
    Given the operator formatted the machine
    And its configuration says user_base_name = other
    When the operator formats the machine
    Then it says "nothing to change"
    And it says "user_base_name = other is for new partitions"

  Scenario: A line that means nothing
    Given its configuration says create_tup = true
    When the operator formats the machine with --dry_run
    Then the command succeeds
    And it says "nothing reads create_tup"

  Scenario: Not root
    When an ordinary user formats the machine
    Then the command ends with status 5
    And it says "needs root"
    And nothing on the machine has changed

  @peer @index
  Scenario: What the existing node has formatted is kept, and the other way round
    Given its configuration says partition_base_name = slappart
    And its configuration says user_base_name = slapuser
    And its configuration says tap_base_name = slaptap
    And the existing node formatted the machine
    When the operator formats the machine
    Then its network has not changed
    When the existing node formats the machine
    Then its network has not changed
