"""That a service fails, and why, is seen where a tenant looks first."""

import pytest

from slap_domain.model.instance import InstanceEvent
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.nodes import HttpMasterForNodes

LOG = (
    "it does not deploy: ValueError: no\n"
    + "".join(f"  line {number}\n" for number in range(40))
    + "ValueError: no"
)


@pytest.fixture
def failing(world, slapos):
    """Have a service that its node reports to fail."""
    assert slapos("request", "my web", "plain").status == 0
    with Connection(MasterAddress(url=world.url)) as connection:
        HttpMasterForNodes(connection).report_instance(
            ComputerGuid("COMP-1"), PartitionId("slappart0"), InstanceEvent.ERROR, LOG
        )


def test_a_failure_is_said_in_short(failing, slapos):
    ran = slapos("service", "info", "my web", "--format", "table")
    lines = ran.out.splitlines()
    told = lines[lines.index("status: red") + 1 :]
    assert told == [
        "  it does not deploy: ValueError: no",
        "    …",
        "    line 38",
        "    line 39",
        "  ValueError: no",
    ]
    assert ran.err == "the whole messages: `slapos service info 'my web' --news`\n"


def test_the_whole_messages_are_indented_below_their_name(failing, slapos):
    ran = slapos("service", "info", "my web", "--news", "--format", "table")
    told = ran.out.split("news:\n")[1].splitlines()
    assert len(told) == 42
    assert all(line.startswith("  ") for line in told)
    assert ran.err == ""


def test_programs_get_the_same_document_as_ever(failing, slapos):
    assert '"status": "red"' in slapos("service", "info", "my web", "--format", "json").out
