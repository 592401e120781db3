import json
import os

import pytest

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.instance import InstanceState
from slap_node.managers.portredir import PortRedirects

WISHES = json.dumps(
    [
        {"type": "tcp", "srcPort": 80, "destPort": 8080},
        {"type": "udp", "srcPort": 5353, "destPort": 53, "destAddress": "10.0.0.1"},
    ]
)


@pytest.fixture
def manager(context):
    return PortRedirects(context("portredir", section={"socat": "/usr/bin/socat"}))


def test_each_redirect_is_a_program(manager, programs, partition, nobody):
    manager.instance_ended(partition({".slapos-port-redirect": WISHES}, account=nobody))
    assert programs.commands("slappart0-socat") == {
        "socat-tcp-80": (
            "/usr/bin/socat",
            "TCP4-LISTEN:80,fork",
            "TCP6:[2001:db8::1]:8080",
        ),
        "socat-udp-5353": ("/usr/bin/socat", "UDP4-LISTEN:5353,fork", "UDP4:10.0.0.1:53"),
    }
    low, high = programs.groups["slappart0-socat"]
    assert low.identity.name == ("root" if os.geteuid() == 0 else "nobody")
    assert high.identity.name == "nobody"
    assert not low.autorestart  # as existing nodes write it: no restart when a machine changes hands


def test_a_destination_that_nobody_names_is_warned_of(manager, programs, partition, caplog):
    manager.instance_ended(partition({".slapos-port-redirect": WISHES}, addresses=()))
    assert list(programs.commands("slappart0-socat")) == ["socat-udp-5353"]
    assert "destAddress is missing, and the partition has no IPv6" in caplog.text


@pytest.mark.parametrize("state", [InstanceState.STOPPED, InstanceState.DESTROYED])
def test_only_started_instances_have_redirects(manager, programs, partition, state):
    manager.instance_ended(partition({".slapos-port-redirect": WISHES}, state=state))
    assert programs.groups == {"slappart0-socat": ()}


def test_a_free_partition_is_left_alone(manager, programs, free):
    manager.instance_ended(free)
    assert programs.groups == {}


def test_a_malformed_wish_fails_the_deployment(manager, partition):
    with pytest.raises(DeploymentFailed, match=r"\.slapos-port-redirect is no JSON"):
        manager.instance_ended(partition({".slapos-port-redirect": "{"}))


def test_without_socat_the_operator_must_act(context, partition, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HostFailure, match="socat"):
        PortRedirects(context("portredir")).instance_ended(partition({".slapos-port-redirect": WISHES}))
