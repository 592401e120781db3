"""The existing proxy over a database of its own, and what it tells nodes and requesters."""

import contextlib
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from features.worlds.loopback import free_port
from features.worlds.served_master import COMPUTER, request_form

from slap_http_adapter.wire.marshal import dumps, loads
from slap_http_adapter.wire.values import WireObject
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


@contextlib.contextmanager
def existing_proxy(slapos: Path, directory: Path) -> Iterator[OldProxy]:
    settings = ProxySettings(database_uri=str(directory / "proxy.db"), port=free_port())
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
