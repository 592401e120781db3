"""The library against a master in tls mode: callers are who their certificate says."""

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from slap_http_adapter.wire.marshal import dumps
from slap_proxy.operator_tokens import make_token
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings, Trust, TrustMode
from slapos import slap

RELEASE = "https://example.com/software.cfg"
PARTITIONS = [{"reference": f"slappart{number}", "address_list": []} for number in range(3)]


class Master:
    """A master in tls mode, as callers see it."""

    def __init__(self, settings: ProxySettings, url: str, folder: Path) -> None:
        self._settings = settings
        self._url = url
        self._folder = folder
        assert settings.trust.directory is not None
        self.authority = settings.trust.directory / "authority.crt"

    def user(self, name: str) -> slap.slap:
        """Register a user with a token, and return the library as that user opens it."""
        token = make_token(self._settings, "user", name)
        request = Request(f"{self._url}/Person_getCertificate", data=b"", headers={"X-Access-Token": token})
        context = ssl.create_default_context(cafile=str(self.authority))
        with urlopen(request, context=context, timeout=10) as answer:
            return self.opened_as(name, json.load(answer))

    def opened_as(self, name: str, pair: Mapping[str, str]) -> slap.slap:
        """Return the library as the owner of a certificate opens it, recipes do: by url, key, certificate."""
        files = []
        for kind in ("key", "certificate"):
            file = self._folder / f"{name}.{kind}"
            file.write_text(pair[kind], encoding="ascii")
            files.append(str(file))
        connection = slap.slap()
        connection.initializeConnection(self._url, *files, master_ca_file=str(self.authority))
        return connection

    def opened(self, **options: str) -> slap.slap:
        """Return the library as somebody without a certificate opens it."""
        connection = slap.slap()
        connection.initializeConnection(self._url, **options)
        return connection


@contextmanager
def tls_master(folder: Path) -> Iterator[Master]:
    trust = Trust(mode=TrustMode.TLS, directory=folder / "trust")
    settings = ProxySettings(database_uri=str(folder / "master.sqlite"), port=0, trust=trust)
    with running_master(settings) as url:
        yield Master(settings, url, folder)


@pytest.fixture
def master(tmp_path: Path) -> Iterator[Master]:
    with tls_master(tmp_path) as running:
        yield running


def computer_of(user: slap.slap, guid: str) -> slap.Computer:
    computer = user.registerComputer(guid)
    computer.updateConfiguration(dumps({"reference": guid, "partition_list": PARTITIONS}).decode())
    return computer


def test_a_service_is_requested_and_publishes_as_itself(master: Master) -> None:
    zoe = master.user("zoe")
    guid = zoe.registerOpenOrder().requestComputer("zoes computer")._computer_id
    machine = computer_of(zoe, guid)
    service = zoe.registerOpenOrder().request(RELEASE, "web", filter_kw={"computer_guid": guid})
    assert service.getId() == "slappart0"

    node = master.opened_as("node", machine.generateCertificate())
    partition = node.registerComputerPartition(guid, "slappart0")
    recipe = master.opened_as("partition", partition.getCertificate())
    itself = recipe.registerComputerPartition(guid, "slappart0")
    itself.setConnectionDict({"url": "https://web/"})
    assert itself.request(RELEASE, "default", "db").getId() == "slappart1"

    again = zoe.registerOpenOrder().request(RELEASE, "web")
    assert again.getConnectionParameter("url") == "https://web/"
    with pytest.raises(slap.HTTPError) as caught:
        recipe.registerSupply().supply(RELEASE, guid)
    assert caught.value.response.status_code == 403


def test_others_may_not(master: Master) -> None:
    zoe, mallory = master.user("zoe"), master.user("mallory")
    guid = zoe.registerOpenOrder().requestComputer("zoes computer")._computer_id
    computer_of(zoe, guid)
    zoe.registerOpenOrder().request(RELEASE, "web", filter_kw={"computer_guid": guid})
    stranger = master.opened(master_ca_file=str(master.authority))
    for other in (mallory, stranger):
        with pytest.raises(slap.HTTPError) as caught:
            other.registerComputerPartition(guid, "slappart0").setConnectionDict({"url": "https://evil/"})
        assert caught.value.response.status_code in {401, 403}
    assert mallory.getOpenOrderDict() == {}


def test_callers_that_keep_their_connections_do_not_keep_the_master_from_stopping(tmp_path: Path) -> None:
    with tls_master(tmp_path) as master:
        assert master.user("zoe").getOpenOrderDict() == {}
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_master_that_is_not_trusted_is_not_spoken_to(master: Master) -> None:
    with pytest.raises(slap.ConnectionError, match="is not trusted"):
        master.opened().registerSupply().supply(RELEASE, "COMP-1")
