"""Every method of the library, in one life of a service, on our master and on the existing one.

The same calls run in the same order on both; where the existing master answers otherwise, the table says how.
"""

import logging
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from features.worlds.existing_implementation import ExistingImplementation

from slap_http_adapter.wire.marshal import dumps
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings
from slapos import slap
from slapos.slap.exception import SlapException

COMPUTER = "local_computer"
RELEASE = "https://example.com/software.cfg"
DESCRIPTION = dumps(
    {
        "reference": COMPUTER,
        "address": "10.0.0.1",
        "netmask": "255.255.255.0",
        "partition_list": [
            {
                "reference": f"slappart{number}",
                "address_list": [{"addr": f"10.0.0.{number + 2}", "netmask": "255.255.255.255"}],
                "tap": {"name": f"tap{number}"},
            }
            for number in range(2)
        ],
    }
).decode()


class Raises:
    """The expectation that a call raises."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raises) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash(self.kind)

    def __repr__(self) -> str:
        return f"Raises({self.kind})"


MISSING = Raises("NotFoundError")
BROKEN = Raises("ServerError")
SAME = object()

# What is called; what it gives; what it gives on the existing master when that differs.
STORY: list[tuple[str, object, object]] = [
    ("computer().updateConfiguration(DESCRIPTION)", b"done", SAME),
    ("supply.supply(RELEASE, COMPUTER)", None, SAME),
    ("supply.supply(RELEASE, COMPUTER, 'nonsense')", Raises("HTTPError"), BROKEN),
    ("[(r.getURI(), r.getState()) for r in releases()]", [(RELEASE, "available")], SAME),
    ("releases()[0].getComputerId()", COMPUTER, SAME),
    ("releases()[0].building()", None, SAME),
    ("releases()[0].error('it failed')", None, SAME),
    ("releases()[0].available()", None, SAME),
    ("[p.getState() for p in computer().getComputerPartitionList()]", ["destroyed"] * 2, SAME),
    ("connection.registerComputer('absent').getSoftwareReleaseList()", MISSING, BROKEN),
    ("web().getId()", "slappart0", SAME),
    ("web().getInstanceGuid()", f"{COMPUTER}-slappart0", SAME),
    ("web().getState()", "started", SAME),
    ("partition().getInstanceParameter('a')", "1", SAME),
    ("partition().getInstanceParameter('b')", None, SAME),
    ("partition().getInstanceParameter('absent')", MISSING, SAME),
    ("partition().getInstanceParameterDict()['ip_list']", [("tap0", "10.0.0.2")], SAME),
    ("partition().getInstanceParameterDict()['root_instance_title']", "web", SAME),
    ("partition().getType()", "default", SAME),
    ("partition().getSoftwareRelease().getURI()", RELEASE, SAME),
    ("partition('slappart1').getSoftwareRelease()", MISSING, SAME),
    ("partition('slappart1').getState()", "destroyed", SAME),
    ("partition('absent').getState()", MISSING, BROKEN),
    ("child().getId()", "slappart1", SAME),
    ("child().getState()", "stopped", SAME),
    ("partition('slappart1').getType()", "backend", SAME),
    ("order.request(RELEASE, 'more')", MISSING, SAME),
    ("site().getConnectionParameterDict()", {}, SAME),
    ("partition().getInstanceParameter('slave_instance_list')[0]['slave_reference']", "web_site", SAME),
    ("partition().getInstanceParameter('slave_instance_list')[0]['domain']", "d", SAME),
    ("partition().setConnectionDict({'url': 'http://site/'}, 'web_site')", None, SAME),
    ("site().getConnectionParameter('url')", "http://site/", SAME),
    ("partition().setConnectionDict({'url': 'http://web/', 'none': ''})", None, SAME),
    ("web().getConnectionParameterDict()", {"url": "http://web/", "none": None}, SAME),
    ("web().getConnectionParameter('absent')", MISSING, SAME),
    ("partition().started()", None, SAME),
    ("partition().stopped()", None, SAME),
    ("partition().error('it failed')", None, SAME),
    ("partition().getAccessStatus()", None, SAME),
    ("partition().getInformation('db')._requested_state", "stopped", SAME),
    ("partition().getInformation('site')._parameter_dict", {"domain": "d"}, SAME),
    ("partition().getInformation('web')._parameter_dict", {"a": "1", "b": None}, SAME),
    ("partition().getInformation('absent')", MISSING, SAME),
    ("partition().setUsage('<journal/>')", None, SAME),
    ("partition().bang('help')", None, SAME),
    ("partition().rename('other')", None, SAME),
    ("partition().getInstanceParameter('instance_title')", "other", SAME),
    ("partition().rename('web')", None, SAME),
    ("sorted(partition().getCertificate())", ["certificate", "key"], SAME),
    ("partition().getStatus()", "#error it failed", "Not implemented."),
    ("partition().getFullHostingIpAddressList()", [("tap0", "10.0.0.2"), ("tap1", "10.0.0.3")], MISSING),
    ("partition().setComputerPartitionRelatedInstanceList(['db', 'site'])", None, MISSING),
    ("sorted(connection.getOpenOrderDict())", ["web"], SAME),
    ("connection.getOpenOrderDict()['web']._software_release_url", RELEASE, SAME),
    ("order.getInformation('web')._requested_state", "started", SAME),
    ("order.getInformation('web')._parameter_dict", {"a": "1", "b": None}, SAME),
    ("order.getInformation('web')._connection_dict", {"url": "http://web/", "none": None}, SAME),
    ("order.getInformation('absent')", MISSING, SAME),
    ("sorted(connection.getComputerDict())", [COMPUTER], SAME),
    ("computer().getInformation()._reference", COMPUTER, SAME),
    ("len(connection.registerToken().request()) > 20", True, Raises("ConnectionError")),
    ("connection.getSoftwareReleaseListFromSoftwareProduct('demo')", [], SAME),
    ("connection.getSoftwareReleaseListFromSoftwareProduct(software_release_url=RELEASE)", [], BROKEN),
    ("connection.registerSoftwareRelease(RELEASE).getURI()", RELEASE, SAME),
    ("products.get('demo')", Raises("AttributeError"), SAME),
    ("computer().reportUsage('')", None, SAME),
    ("computer().bang('reboot')", None, SAME),
    ("sorted(computer().getStatus())", ["created_at", "text", "user"], MISSING),
    ("sorted(computer().generateCertificate())", ["certificate", "key"], MISSING),
    ("computer().revokeCertificate()", None, MISSING),
    ("type(order.requestComputer('my computer')).__name__", "Computer", MISSING),
    ("web(state='destroyed').getState()", "destroyed", SAME),
    # A root goes after its children; the master says so by wanting them destroyed.
    ("partition().destroyed()", None, SAME),
    ("partition('slappart1').getState()", "destroyed", SAME),
    ("partition('slappart1').destroyed()", None, SAME),
    ("partition().destroyed()", None, SAME),
    ("partition().getSoftwareRelease()", MISSING, SAME),
    ("sorted(connection.getOpenOrderDict())", [], SAME),
    ("supply.supply(RELEASE, COMPUTER, 'destroyed')", None, SAME),
    ("releases()[0].getState()", "destroyed", SAME),
    ("releases()[0].destroyed()", None, SAME),
    ("releases()", [], SAME),
]


def lived(url: str) -> list[tuple[str, object]]:
    """Return what each call of the story gives on a master."""
    connection = slap.slap()
    connection.initializeConnection(url, timeout=10)
    order = connection.registerOpenOrder()

    def partition(name: str = "slappart0") -> slap.ComputerPartition:
        return connection.registerComputerPartition(COMPUTER, name)

    def computer() -> slap.Computer:
        return connection.registerComputer(COMPUTER)

    names = {
        "COMPUTER": COMPUTER,
        "DESCRIPTION": DESCRIPTION,
        "RELEASE": RELEASE,
        "computer": computer,
        "connection": connection,
        "order": order,
        "partition": partition,
        "products": slap.SoftwareProductCollection(logging.getLogger(__name__), connection),
        "supply": connection.registerSupply(),
        "releases": lambda: computer().getSoftwareReleaseList(),
        "web": lambda **asked: order.request(RELEASE, "web", {"a": 1, "b": ""}, **asked),
        "child": lambda: partition().request(RELEASE, "backend", "db", state="stopped"),
        "site": lambda: partition().request(
            RELEASE, "default", "site", shared=True, partition_parameter_kw={"domain": "d"}
        ),
    }
    return [(call, _given(call, names)) for call, _, _ in STORY]


def _given(call: str, names: dict[str, object]) -> object:
    try:
        return eval(call, names)
    except (SlapException, AttributeError) as error:
        return Raises(type(error).__name__)


@pytest.fixture(scope="session")
def existing_master(
    tmp_path_factory: pytest.TempPathFactory, existing_implementation: ExistingImplementation
) -> Iterator[str]:
    """Start the master of the existing implementation."""
    folder = tmp_path_factory.mktemp("existing")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "slapos.cfg"
    configuration.write_text(
        f"[slapos]\ncomputer_id = {COMPUTER}\nmaster_url = http://127.0.0.1:{port}/\n"
        f"software_root = {folder}/software\ninstance_root = {folder}/instance\n"
        f"[slapproxy]\nhost = 127.0.0.1\nport = {port}\ndatabase_uri = {folder}/proxy.db\n"
    )
    start = [existing_implementation.slapos, "proxy", "start", "--cfg", configuration]
    with (folder / "log").open("w") as log, subprocess.Popen(start, stdout=log, stderr=log) as process:
        try:
            _await(f"http://127.0.0.1:{port}/getRunId", process, folder / "log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"the existing master did not start: {log.read_text()}")


def test_on_our_master(tmp_path: Path) -> None:
    settings = ProxySettings(database_uri=str(tmp_path / "master.sqlite"), port=0)
    with running_master(settings) as url:
        assert lived(url) == [(call, given) for call, given, _ in STORY]


@pytest.mark.peer
@pytest.mark.index
def test_on_the_existing_master(existing_master: str) -> None:
    expected = [(call, given if other is SAME else other) for call, given, other in STORY]
    assert lived(existing_master) == expected


def test_every_method_is_called() -> None:
    called = " ".join(call for call, _, _ in STORY) + Path(__file__).read_text().partition("def lived")[2]
    methods = {
        name
        for cls in (
            *(slap.slap, slap.Computer, slap.ComputerPartition, slap.SoftwareRelease),
            *(slap.OpenOrder, slap.Supply, slap.SoftwareProductCollection),
        )
        for name in vars(cls)
        if not name.startswith("_")
    }
    assert {name for name in methods if f".{name}(" not in called} == set()
