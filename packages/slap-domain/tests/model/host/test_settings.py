"""The settings of `node format`, from a configuration."""

from ipaddress import IPv4Network, IPv6Network, ip_interface
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, InvalidInput
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.layout import ComputerLayout, PartitionLayout, PartitionUser
from slap_domain.model.host.settings import FormatSettings, format_settings

SMALLEST = """
[slapos]
computer_id = COMP-1
software_root = /opt/slapgrid
instance_root = /srv/slapgrid
[slapformat]
partition_amount = 3
interface_name = eth0
"""


def read(text=SMALLEST, **overrides):
    return format_settings(parse_configuration(text, "slapos.cfg"), overrides)


def test_the_defaults_are_those_of_the_conventions():
    settings = read()
    assert settings == FormatSettings(
        computer="COMP-1",
        software_root=PurePosixPath("/opt/slapgrid"),
        instance_root=PurePosixPath("/srv/slapgrid"),
        record=PurePosixPath("/srv/slapgrid/var/slapos.xml"),
        partition_amount=3,
        interface="eth0",
    )
    assert settings.ipv6_ranges
    assert settings.create_tap
    assert not settings.create_tun
    assert settings.global_interface == "eth0"


def test_slapos_wins_over_slapformat_and_the_command_line_over_both():
    text = SMALLEST + "tap_base_name = a\nuser_base_name = b\nsoftware_user = c\n"
    text = text.replace("[slapformat]", "tap_base_name = A\nuser_base_name = B\n[slapformat]")
    settings = read(text, tap_base_name="command")
    assert (settings.tap_prefix, settings.user_prefix, settings.software_user) == ("command", "B", "c")


def test_everything_can_be_set():
    settings = read(
        SMALLEST,
        computer_xml="/a.xml",
        computer_json="/a.json",
        ipv6_interface="tap9",
        ipv4_local_network="10.0.0.0/16",
        shared_addresses="127.0.0.1 ::1",
        alter_user="FALSE",
    )
    assert settings.record == PurePosixPath("/a.xml")
    assert settings.json_document == PurePosixPath("/a.json")
    assert settings.global_interface == "tap9"
    assert settings.ipv4_network == IPv4Network("10.0.0.0/16")
    assert settings.shared_addresses == (ip_interface("127.0.0.1"), ip_interface("::1"))
    assert not settings.alter_user


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"partition_amount": "many"}, r"slapos.cfg: section \[slapos\]: partition_amount = 'many'"),
        ({"partition_amount": "-1"}, "partition_amount = '-1' is not 0 to"),
        ({"partition_amount": "10001"}, "partition_amount = '10001' is not"),
        ({"ipv6_prefixshift": "1"}, "ipv6_prefixshift 1 is not 2 to 64"),
        ({"ipv6_prefixshift": "3"}, "ipv6_prefixshift 3 has no room"),
        ({"ipv4_local_network": "10.0.0.1/16"}, "is not an IPv4 network"),
        ({"shared_addresses": "here"}, "is not a list of addresses"),
        ({"interface_name": ""}, "interface_name is not set"),
        ({"user_base_name": "rwuser;x"}, "user_base_name 'rwuser;x' is no name of a Linux account"),
        ({"software_user": "Bad User"}, "software_user 'Bad User' is no name of a Linux account"),
        ({"tap_base_name": "a/b"}, "tap_base_name 'a/b' is no name of a network interface"),
        ({"ipv6_interface": "x" * 16}, "ipv6_interface 'x+' is no name of a network interface"),
        ({"bridge_name": "br0"}, "bridge_name = 'br0' is about bridges"),
        ({"no_bridge": "true"}, "no_bridge = 'true' is about bridges"),
        ({"alter_user": "maybe"}, "neither true nor false"),
    ],
)
def test_what_is_wrong_is_named(overrides, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        read(SMALLEST, **overrides)


def partition(name, address):
    path = PurePosixPath("/srv") / name
    return PartitionLayout(
        id=name,
        path=path,
        user=PartitionUser(name="u", home=path),
        addresses=(ip_interface(address),),
        ipv6_range=IPv6Network("2001:db8::/64"),
    )


@pytest.mark.parametrize(
    ("first", "second", "complaint"),
    [
        (("a", "10.0.0.1"), ("a", "10.0.0.2"), "partition a is given to two"),
        (("a", "10.0.0.1"), ("b", "10.0.0.1"), "address 10.0.0.1/32 is given to two"),
        (("a", "10.0.0.1"), ("b", "10.0.0.2"), "IPv6 range 2001:db8::/64 is given to two"),
    ],
)
def test_partitions_do_not_collide(first, second, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        ComputerLayout(guid="COMP-1", partitions=(partition(*first), partition(*second)))


@pytest.mark.parametrize(
    "line",
    ["partition_amount = -3", "partition_amount = 10001", "shared_addresses = 1.2.3", "alter_user = perhaps"],
)
def test_a_value_of_slapformat_is_blamed_on_that_section(line):
    key = line.partition(" ")[0]
    text = SMALLEST.replace("partition_amount = 3\n", "") if key == "partition_amount" else SMALLEST
    with pytest.raises(ConfigurationError, match=rf"slapos.cfg: section \[slapformat\]: {key} = "):
        read(f"{text}{line}\n")


def test_partitions_that_nobody_counted_are_missing():
    with pytest.raises(ConfigurationError, match="partition_amount is missing"):
        read(SMALLEST.replace("partition_amount = 3\n", ""))
