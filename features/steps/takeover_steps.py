"""Steps about a database that the existing proxy made, and that our master takes over."""

from pathlib import Path

import pytest
from features.worlds.existing_proxy import (
    ON_THE_FIRST,
    REQUESTS,
    client_of,
    digest,
    existing_proxy,
    requested,
    told,
    wait_for,
)
from features.worlds.served_master import COMPUTER, description
from pytest_bdd import given, then, when

from slap_domain.errors import HostFailure
from slap_http_adapter.wire.marshal import dumps
from slap_proxy.overview import read_overview
from slap_proxy.server import running_master, serve


@given(
    "the existing proxy runs, and keeps a service, its child, and what is shared with both",
    target_fixture="old_proxy",
)
def _(existing_implementation, tmp_path, stack):
    proxy = stack.enter_context(existing_proxy(existing_implementation.slapos, tmp_path))
    with client_of(proxy.settings) as client:
        wait_for(client, proxy)
        client.post("/loadComputerConfigurationFromXML", data={"xml": description(COMPUTER, 4)})
        proxy.places = requested(client)
        supply = {"url": REQUESTS[0]["software_release"], "computer_id": COMPUTER, "state": "available"}
        client.post("/supplySupply", data=supply)
        for reference in ("None", "_site"):
            connection = {"connection_xml": dumps({"url": f"of {reference}"}).decode()}
            form = {**ON_THE_FIRST, **connection, "slave_reference": reference}
            assert client.post("/setComputerPartitionConnectionXml", data=form).text == "done"
        proxy.told = told(client)
    proxy.digest = digest(proxy.settings)
    return proxy


@when("it is stopped, and our master starts on its database")
def _(old_proxy, stack):
    old_proxy.stop()
    stack.enter_context(running_master(old_proxy.settings))


@then("nodes are told the same as before, but for timestamps")
def _(old_proxy):
    with client_of(old_proxy.settings) as client:
        assert told(client) == old_proxy.told


@then("the same requests give the same partitions")
def _(old_proxy):
    with client_of(old_proxy.settings) as client:
        assert requested(client) == old_proxy.places


@then("its database as it was lies beside")
def _(old_proxy):
    path = Path(old_proxy.settings.database_uri)
    (backup,) = path.parent.glob(f"{path.name}-backup-schema-*")
    assert backup.stat().st_size > 0


@when("the operator looks at its database with our command", target_fixture="rows")
def _(old_proxy):
    return read_overview(old_proxy.settings)


@then("the operator is shown the instances that it has")
def _(rows):
    assert [row["title"] for row in rows["instances"]] == ["web", "db", "other"]
    assert [(row["title"], row["root_title"]) for row in rows["slaves"]] == [
        ("site", "site"),
        ("site", "web"),
    ]


@then("our master does not start at its address")
def _(old_proxy):
    with pytest.raises(HostFailure, match="cannot listen"):
        serve(old_proxy.settings)


@then("its database is as it was")
def _(old_proxy):
    assert digest(old_proxy.settings) == old_proxy.digest
    assert old_proxy.process.poll() is None
