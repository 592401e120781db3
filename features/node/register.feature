@over_http
Feature: A machine is registered with a master
  The master gives an identity for a one-time token, and the machine's configuration is written.

  Background:
    Given a master that asks callers for certificates

  Scenario: A new machine
    When the operator registers mycomputer with a fresh token
    Then the command succeeds
    And it says "this machine is COMP-1"
    And the key and the certificate are readable by their owner alone
    And slapos.cfg names neither an IPv6 interface nor taps
    When the operator runs on it: node bang -m hello
    Then the command succeeds

  Scenario: What is given is written
    When the operator registers mycomputer with a fresh token and --ipv6-interface tap0 --create-tap
    Then the command succeeds
    And slapos.cfg says ipv6_interface = tap0
    And slapos.cfg says create_tap = true

  Scenario: A machine that is registered already
    Given the operator registered mycomputer
    When the operator registers mycomputer with a fresh token
    Then the command succeeds
    And it says "registered already"
    And it says "this machine is COMP-2"
    And the former configuration names COMP-1

  Scenario: A token that was used leaves everything as it was
    Given the operator registered mycomputer
    When the operator registers mycomputer with the same token
    Then the command ends with status 1
    And it says "the master refuses the token"
    And it hints at "a token works once"
    And slapos.cfg says computer_id = COMP-1
    And no former configuration is kept

  Scenario: A token whose day is over
    Given the token was given more than a day ago
    When the operator registers mycomputer with the same token
    Then the command ends with status 1
    And it says "the master refuses the token"
    And nothing was written

  Scenario: What could not be formatted does not spend the token
    When the operator registers mycomputer with a fresh token and --interface-name a/b
    Then the command ends with status 1
    And it says "is no name of a network interface"
    And nothing was written
    When the operator registers mycomputer with the same token
    Then the command succeeds

  Scenario: A dry run asks nothing and writes nothing
    When the operator registers mycomputer with a fresh token and --dry-run
    Then the command succeeds
    And it says "register computer mycomputer"
    And nothing was written
    When the operator registers mycomputer with the same token
    Then the command succeeds

  Scenario: A certificate is renewed before it expires
    Given the operator registered mycomputer
    And the certificate of the machine ends in 12 days
    When the operator runs on it: node bang -m hello
    Then the command succeeds
    And it says "expires in 11 days"
    And it says "slapos node register --renew"
    When the operator renews the certificate of the machine
    Then the command succeeds
    And the key and the certificate are readable by their owner alone
    And the former certificate is kept beside the new one
    When the operator runs on it: node bang -m hello
    Then the command succeeds
    And it says nothing of an end
    And the operator is shown that the certificate of COMP-1 ends in 364 days

  Scenario: A certificate that has expired is renewed with a token
    Given the operator registered mycomputer
    And the certificate of the machine ends in -2 days
    When the operator renews the certificate of the machine
    Then the command ends with status 1
    And it says "has expired"
    And it hints at "renew with --token"
    When the operator renews the certificate of the machine with a fresh token
    Then the command succeeds
    And slapos.cfg says computer_id = COMP-1
    When the operator runs on it: node bang -m hello
    Then the command succeeds
    And it says nothing of an end

  Scenario: A token does not take over a machine that can renew by itself
    Given the operator registered mycomputer
    When the operator renews the certificate of the machine with a fresh token
    Then the command ends with status 1
    And it says "a certificate of COMP-1 is still valid"
    When the operator renews the certificate of the machine
    Then the command succeeds

  Scenario: A client renews its certificate
    When the tenant configures a client with a fresh token
    And the tenant renews the certificate of the client
    Then the command succeeds
    And it says "you have a new certificate"
    And the key of the client is readable by its owner alone

  Scenario: A login is no longer taken
    When the operator registers mycomputer with a fresh token and --login me --password secret
    Then the command succeeds
    And it says "no longer take a login"

  Scenario: A client
    When the tenant configures a client with a fresh token
    Then the command succeeds
    And the key of the client is readable by its owner alone
    When the tenant configures a client with a fresh token
    Then the command ends with status 1
    And it says "exists already"

  Scenario Outline: Everything may be given on the command line
    Given a fresh token for a computer
    When a newcomer runs: node register mycomputer --cfg etc/slapos.cfg --token TOKEN --master-url MASTER --master-url-web MASTER --master-ca-file AUTHORITY --instance-root inst --software-root soft --partition-number 2 --interface-name lo --ipv4-local-network 127.99.0.0/16 --ipv6-interface tap0 <tap>
    Then the command succeeds
    And slapos.cfg says instance_root = HERE/inst
    And slapos.cfg says software_root = HERE/soft
    And slapos.cfg says partition_amount = 2
    And slapos.cfg says interface_name = lo
    And slapos.cfg says ipv4_local_network = 127.99.0.0/16
    And slapos.cfg says ipv6_interface = tap0
    And slapos.cfg says create_tap = true
    And slapos.cfg says master_url = MASTER

    Examples:
      | tap          |
      | --create-tap |
      | -t           |

  Scenario Outline: A dry run by either name, and logins of old that are accepted
    When a newcomer runs: node register mycomputer --cfg etc/slapos.cfg <dry> <login>
    Then the command succeeds
    And it says "register computer mycomputer"
    And it says "no longer take a login"
    And nothing was written

    Examples:
      | dry       | login             |
      | -n        | --login-auth      |
      | --dry-run | --login me        |
      | -n        | --password secret |

  Scenario: A client, with everything on the command line
    Given a fresh token for a user
    When a newcomer runs: configure client --cfg etc/slapos-client.cfg --token TOKEN --master-url MASTER --master-url-web MASTER --master-ca-file AUTHORITY
    Then the command succeeds
    And the key of the client is readable by its owner alone

  Scenario Outline: A bang, with a message by either name
    Given the operator registered mycomputer
    When a newcomer runs: node bang --cfg etc/slapos.cfg <option> hello
    Then the command succeeds
    And the master knows of a bang that says hello

    Examples:
      | option    |
      | -m        |
      | --message |
