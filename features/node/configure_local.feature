@over_http
Feature: A machine becomes its own master
  Master and node are configured, started and formatted by one command, below directories that may be chosen.

  Background:
    Given an ordinary user, and a free port

  Scenario: Everything may be given on the command line
    When a newcomer runs: configure local --slapos-configuration-directory e --slapos-instance-root i --slapos-software-root s --slapos-buildout-directory o --partition-number 2 --daemon-listen-ip 127.0.0.1 --daemon-listen-port PORT --interface-name lo --ipv4-local-network 127.98.0.0/16 --enable-shacache-proxy
    Then the command succeeds
    And it says "export SLAPOS_CONFIGURATION=HERE/e/slapos.cfg"
    And the file e/slapos.cfg says "HERE/i"
    And the file e/slapos.cfg says "HERE/s"
    And the file e/slapos.cfg says "interface_name = lo"
    And the file e/slapos.cfg says "127.98.0.0/16"
    And the file e/slapos-proxy.cfg says "host = 127.0.0.1"
    And the file e/slapos-proxy.cfg says "shacache_content_directory"
    And the master answers at the port
    And there is a directory o
    And there is a directory i/slappart1
    And there is no directory i/slappart2
    When a newcomer runs: computer list --cfg e/slapos-client.cfg
    Then it says "local_computer"

  Scenario: Its configuration may be named
    When a newcomer runs: configure local --cfg named.cfg --slapos-configuration-directory e --slapos-instance-root i --slapos-software-root s --slapos-buildout-directory o --partition-number 1 --daemon-listen-port PORT --ipv4-local-network 127.98.0.0/16
    Then the command succeeds
    And it says "export SLAPOS_CONFIGURATION=HERE/named.cfg"
    And the file named.cfg says "HERE/i"
    When a newcomer runs: configure local --cfg named.cfg --slapos-configuration-directory e --slapos-instance-root i --slapos-software-root s --slapos-buildout-directory o --partition-number 1 --daemon-listen-port PORT --ipv4-local-network 127.98.0.0/16
    Then the command succeeds
