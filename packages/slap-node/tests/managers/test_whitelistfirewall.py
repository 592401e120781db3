from pathlib import Path

import pytest

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.instance import InstanceState
from slap_node.managers.whitelistfirewall import WhitelistFirewall

WISH = {".slapos-whitelist-firewall": '["192.0.2.1", "10.0.0.0/8"]'}
CHAIN = "slappart0-whitelist"


@pytest.fixture
def manager(context, firewall):
    section = {"reload_config_cmd": "reload"}
    return WhitelistFirewall(context("whitelistfirewall", section=section, run=firewall))


def test_a_partition_has_a_chain_of_its_own(manager, firewall, partition, nobody):
    for _ in range(2):
        manager.instance_ended(partition(WISH, account=nobody))
    assert firewall.chains == [CHAIN]
    assert firewall.active == [
        f"{CHAIN} 0 -d 10.0.0.0/8 -j ACCEPT",
        f"{CHAIN} 0 -d 192.0.2.1 -j ACCEPT",
        f"{CHAIN} 0 -m state --state ESTABLISHED,RELATED -j ACCEPT",
        f"{CHAIN} 1000 -j REJECT",
        f"OUTPUT 0 -m owner --uid-owner 65534 -j {CHAIN}",
    ]
    assert firewall.reloads == 1


def test_a_changed_wish_changes_the_chain(manager, firewall, partition, nobody):
    manager.instance_ended(partition(WISH, account=nobody))
    manager.instance_ended(partition({".slapos-whitelist-firewall": '["192.0.2.9"]'}, account=nobody))
    accepted = [rule for rule in firewall.active if "-d" in rule]
    assert accepted == [f"{CHAIN} 0 -d 192.0.2.9 -j ACCEPT"]


def test_the_chain_goes_with_the_wish_or_the_instance(manager, firewall, partition, nobody):
    made = partition(WISH, account=nobody)
    manager.instance_ended(made)
    manager.instance_ended(partition(WISH, account=nobody, state=InstanceState.DESTROYED))
    assert (firewall.chains, firewall.active, firewall.reloads) == ([], [], 2)
    manager.instance_ended(made)
    Path(made.place.path / ".slapos-whitelist-firewall").unlink()
    manager.instance_ended(made)
    manager.instance_ended(made)
    assert (firewall.chains, firewall.active, firewall.reloads) == ([], [], 4)
    assert not Path(made.place.path / ".slapos-whitelist-firewall.md5sum").exists()


def test_a_free_partition_is_left_alone(manager, firewall, free):
    manager.instance_ended(free)
    assert firewall.reloads == 0


def test_what_cannot_be_guarded_is_refused(manager, partition, nobody):
    with pytest.raises(HostFailure, match="needs root"):
        manager.instance_ended(partition(WISH))
    with pytest.raises(HostFailure, match="too long"):
        manager.instance_ended(partition(WISH, account=nobody, name="a-partition-with-a-long-name"))
    with pytest.raises(DeploymentFailed, match="no IPv4"):
        manager.instance_ended(partition({".slapos-whitelist-firewall": '["x"]'}, account=nobody))
