import pytest

from slap_domain.errors import DeploymentFailed
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.planning.node.firewall import (
    FirewallWish,
    RuleChanges,
    firewall_rules,
    firewall_wish,
    routed_addresses,
    rule_changes,
    whitelist_rules,
)


def _address(interface, address):
    return InterfaceAddress(interface=interface, address=address)


TREE = [_address("slaptap1", "10.0.0.2"), _address("lo", "10.0.0.1"), _address("eth0", "2001:db8::2")]


def test_only_routed_ipv4_addresses_are_guarded():
    addresses = [
        _address("route_slappart0", "10.0.0.1"),
        _address("slappart0", "10.0.0.9"),
        _address("route_slappart0", "2001:db8::1"),
        _address("route_slappart0", "10.0.0.1"),
        _address("route_b", "10.0.0.0"),
    ]
    assert routed_addresses(addresses) == ("10.0.0.0", "10.0.0.1")


def test_the_tree_and_authorised_sources_get_in_and_nobody_else():
    wish = FirewallWish(authorized=("192.0.2.0/24",))
    assert firewall_rules(["10.0.0.1"], TREE, ["198.51.100.7"], wish) == (
        "INPUT 0 -s 10.0.0.2 -d 10.0.0.1 -j ACCEPT",
        "INPUT 0 -s 192.0.2.0/24 -d 10.0.0.1 -j ACCEPT",
        "INPUT 0 -s 198.51.100.7 -d 10.0.0.1 -j ACCEPT",
        "INPUT 0 -d 10.0.0.1 -m state --state ESTABLISHED,RELATED -j ACCEPT",
        "INPUT 1000 -d 10.0.0.1 -j REJECT",
        "FORWARD 0 -s 10.0.0.2 -d 10.0.0.1 -j ACCEPT",
        "FORWARD 0 -s 192.0.2.0/24 -d 10.0.0.1 -j ACCEPT",
        "FORWARD 0 -s 198.51.100.7 -d 10.0.0.1 -j ACCEPT",
        "FORWARD 0 -d 10.0.0.1 -m state --state ESTABLISHED,RELATED -j ACCEPT",
        "FORWARD 1000 -d 10.0.0.1 -j REJECT",
    )


def test_without_restriction_only_the_rejected_stay_out():
    wish = FirewallWish(restricted=False, rejected=("192.0.2.1",))
    assert firewall_rules(["10.0.0.1"], TREE, [], wish) == (
        "INPUT 1000 -s 192.0.2.1 -d 10.0.0.1 -j REJECT",
        "FORWARD 1000 -s 192.0.2.1 -d 10.0.0.1 -j REJECT",
    )


def test_every_guarded_address_has_its_rules():
    rules = firewall_rules(["10.0.0.1", "10.0.0.3"], [], [], FirewallWish())
    assert [rule for rule in rules if rule.endswith("REJECT")] == [
        "INPUT 1000 -d 10.0.0.1 -j REJECT",
        "FORWARD 1000 -d 10.0.0.1 -j REJECT",
        "INPUT 1000 -d 10.0.0.3 -j REJECT",
        "FORWARD 1000 -d 10.0.0.3 -j REJECT",
    ]


def test_the_wish_is_read_from_the_sla():
    assert firewall_wish({}) == FirewallWish()
    filters = {
        "fw_restricted_access": "OFF",
        "fw_authorized_sources": "10.1.0.0/16 192.0.2.1",
        "fw_rejected_sources": "192.0.2.77/24",
    }
    assert firewall_wish(filters) == FirewallWish(
        restricted=False, authorized=("10.1.0.0/16", "192.0.2.1"), rejected=("192.0.2.0/24",)
    )


@pytest.mark.parametrize(
    "filters",
    [
        {"fw_restricted_access": "maybe"},
        {"fw_authorized_sources": "10.0.0.1 -j"},
        {"fw_rejected_sources": "2001:db8::1"},
    ],
)
def test_a_wish_that_is_none_is_refused(filters):
    with pytest.raises(DeploymentFailed) as raised:
        firewall_wish(filters)
    assert raised.value.hint


def test_only_differences_are_changed():
    assert rule_changes(["a", "b"], ["b", "c"]) == RuleChanges(add=("a",), remove=("c",))


def test_a_whitelist_lets_a_user_speak_to_some_only():
    assert whitelist_rules("slappart0-whitelist", 1000, ["192.0.2.1"]) == (
        "slappart0-whitelist 0 -d 192.0.2.1 -j ACCEPT",
        "slappart0-whitelist 0 -m state --state ESTABLISHED,RELATED -j ACCEPT",
        "slappart0-whitelist 1000 -j REJECT",
        "OUTPUT 0 -m owner --uid-owner 1000 -j slappart0-whitelist",
    )
