"""Steps about a database that the existing proxy made, and that our master takes over."""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from features.worlds.served_master import COMPUTER, request_form
from pytest_bdd import given, then, when

from slap_domain.errors import HostFailure
from slap_http_adapter.wire.marshal import dumps, loads
from slap_http_adapter.wire.values import WireObject
from slap_proxy.overview import read_overview
from slap_proxy.server import running_master, serve
from slap_proxy.settings import ProxySettings

START_SECONDS, STOP_SECONDS = 60.0, 20.0
# Timestamps lose their fraction; the rest the existing proxy does not say.
LEFT_OUT = ("timestamp", "full_ip_list", "_filter_dict")
ON_THE_FIRST = {"computer_id": COMPUTER, "computer_partition_id": "slappart0"}
SHARED = {"shared_xml": dumps(True).decode()}
REQUESTS = (
    request_form("web", partition_parameter_xml=dumps({"name": "é<&>"}).decode()),
    request_form("db", **ON_THE_FIRST, partition_parameter_xml=dumps({"_": '{"x": 1}'}).decode()),
    request_form("other", state=dumps("stopped").decode()),
    request_form("site", **SHARED, partition_parameter_xml=dumps({"n": 5}).decode()),
    request_form("site", **SHARED, **ON_THE_FIRST),
)


@dataclass(slots=True, kw_only=True)
class OldProxy:
    """The existing proxy over a database, and what nodes were told at last."""

    process: "subprocess.Popen[bytes]"
    settings: ProxySettings
    told: object = None
    places: list[object] = field(default_factory=list)
    digest: str = ""

    def stop(self) -> None:
        """Stop it, if it runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(STOP_SECONDS)


def digest(settings: ProxySettings) -> str:
    return hashlib.sha256(Path(settings.database_uri).read_bytes()).hexdigest()


def told(client: httpx.Client) -> object:
    answer = client.get("/getFullComputerInformation", params={"computer_id": COMPUTER})
    assert answer.status_code == 200, answer.text
    return plain(loads(answer.content))


def plain(value: object) -> object:
    """Return a value of the wire as plain values, without timestamps and what only one master says."""
    if isinstance(value, WireObject):
        return plain(value.state)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items() if key not in LEFT_OUT}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def requested(client: httpx.Client) -> list[object]:
    places = []
    for form in REQUESTS:
        answer = client.post("/requestComputerPartition", data=form)
        assert answer.status_code == 200, answer.text
        state = loads(answer.content).state
        places.append((state["slap_computer_id"], state["slap_computer_partition_id"]))
    return places


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def existing_proxy(slapos: Path, directory: Path) -> Iterator[OldProxy]:
    settings = ProxySettings(database_uri=str(directory / "proxy.db"), port=unused_port())
    configuration = directory / "proxy.cfg"
    configuration.write_text(
        f"[slapos]\ncomputer_id = {COMPUTER}\n[slapproxy]\nhost = 127.0.0.1\nport = {settings.port}\n"
        f"database_uri = {settings.database_uri}\n",
        encoding="utf-8",
    )
    with (directory / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            [str(slapos), "proxy", "start", "--cfg", str(configuration)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    proxy = OldProxy(process=process, settings=settings)
    try:
        yield proxy
    finally:
        proxy.stop()


def client_of(settings: ProxySettings) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", trust_env=False, timeout=30)


def wait_for(client: httpx.Client, proxy: OldProxy) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and proxy.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            client.get("/getRunId")
            return
        time.sleep(0.2)
    pytest.fail("the existing proxy did not start")


@given(
    "the existing proxy runs, and keeps a service, its child, and what is shared with both",
    target_fixture="old_proxy",
)
def _(existing_implementation, tmp_path, stack):
    proxy = stack.enter_context(existing_proxy(existing_implementation.slapos, tmp_path))
    with client_of(proxy.settings) as client:
        wait_for(client, proxy)
        partitions = [
            {
                "reference": f"slappart{index}",
                "address_list": [{"addr": f"10.0.0.{index + 1}", "netmask": "255.255.255.255"}],
                "tap": {"name": f"tap{index}"},
            }
            for index in range(4)
        ]
        whole = {"reference": COMPUTER, "address": "", "netmask": "", "partition_list": partitions}
        client.post("/loadComputerConfigurationFromXML", data={"xml": dumps(whole).decode()})
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
