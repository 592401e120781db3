"""Registering with a master over HTTP: a real one that speaks TLS, and ones that answer anything."""

import http.server
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import HostFailure, InvalidInput, NotAllowed, RequestRefused, TemporarilyUnavailable
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.registration import ClientRegistration, HeldIdentity, NodeRegistration
from slap_domain.model.references import computer_guid
from slap_domain.testing.registrar import ConfigurationFilesContract, RegistrarContract
from slap_domain.use_cases.host.configure_client import ConfigureClient
from slap_domain.use_cases.host.register_computer import RegisterComputer
from slap_domain.use_cases.host.renew_identity import RenewIdentity
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.nodes import HttpMasterForNodes
from slap_node.outbound import Outbound, TlsFiles
from slap_node.registration.configuration_files import ConfigurationOnDisk
from slap_node.registration.registrar import HttpRegistrar
from slap_proxy.operator_tokens import list_certificates, make_token, revoke_certificate
from slap_proxy.settings import settings_from


class TlsMaster:
    """Our own master, in a process of its own, with an authority of its own."""

    def __init__(self, folder):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            self.port = server.getsockname()[1]
        self.configuration = folder / "slapos-proxy.cfg"
        self.authority = folder / "certificates" / "authority.crt"
        self.configuration.write_text(
            "[slapproxy]\n"
            f"host = 127.0.0.1\nport = {self.port}\ndatabase_uri = {folder / 'master.db'}\n"
            f"trust = tls\ncertificate_directory = {folder / 'certificates'}\n"
        )
        self.url = f"https://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "slap_proxy", "--cfg", self.configuration], cwd=folder
        )
        self._wait()

    def _wait(self):
        for _ in range(300):
            assert self.process.poll() is None
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            if self.authority.exists():
                return
            time.sleep(0.05)
        raise AssertionError("the master does not listen")

    def token(self, kind):
        settings, _ = settings_from(self.configuration, os.environ)
        return make_token(settings, kind)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="module")
def tls_master(tmp_path_factory):
    master = TlsMaster(tmp_path_factory.mktemp("master"))
    yield master
    master.stop()


def registrar(master):
    return HttpRegistrar(master.url, Outbound(tls=TlsFiles(authority=str(master.authority))))


class TestHttpRegistrar(RegistrarContract):
    @pytest.fixture(autouse=True)
    def _master(self, tls_master):
        self._tls_master = tls_master

    def make_registrar(self):
        return registrar(self._tls_master)

    def computer_token(self):
        return self._tls_master.token("computer")

    def user_token(self):
        return self._tls_master.token("user")


class TestConfigurationOnDisk(ConfigurationFilesContract):
    @pytest.fixture(autouse=True)
    def _remember(self, tmp_path):
        self._folder = PurePosixPath(tmp_path / "slapos")

    def make_files(self):
        return ConfigurationOnDisk()

    def folder(self):
        return self._folder


def registration(master, folder):
    return NodeRegistration(
        title="mycomputer",
        configuration=PurePosixPath(folder / "slapos.cfg"),
        master_url=master.url,
        interface="eth0",
        partition_number=3,
        ipv4_network="10.0.0.0/16",
        authority=str(master.authority),
    )


def test_a_registered_computer_speaks_to_its_master(tls_master, tmp_path):
    folder = tmp_path / "etc"
    case = RegisterComputer(registrar(tls_master), ConfigurationOnDisk(), lambda line: None)

    outcome = case.run(registration(tls_master, folder), tls_master.token("computer"))

    slapos = parse_configuration((folder / "slapos.cfg").read_text(), "x").sections["slapos"]
    assert stat.S_IMODE(Path(slapos["key_file"]).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(slapos["cert_file"]).stat().st_mode) == 0o600
    address = MasterAddress(
        url=slapos["master_url"],
        certificate_file=slapos["cert_file"],
        key_file=slapos["key_file"],
        ca_file=slapos["master_ca_file"],
    )
    with Connection(address) as connection:
        HttpMasterForHosts(connection).bang_computer(outcome.computer, "hello")
        assert HttpMasterForNodes(connection).assignment(outcome.computer).guid == outcome.computer


def test_a_second_registration_keeps_the_first_aside(tls_master, tmp_path):
    folder = tmp_path / "etc"
    case = RegisterComputer(registrar(tls_master), ConfigurationOnDisk(), lambda line: None)
    first = case.run(registration(tls_master, folder), tls_master.token("computer"))
    second = case.run(registration(tls_master, folder), tls_master.token("computer"))
    assert first.computer != second.computer
    assert first.computer in (tmp_path / "etc.old" / "slapos.cfg").read_text()
    with pytest.raises(NotAllowed):
        case.run(registration(tls_master, folder), "used up")
    assert second.computer in (folder / "slapos.cfg").read_text()
    assert not (tmp_path / "etc.old.1").exists()


def believed(master, held):
    files = TlsFiles(authority=str(master.authority), certificate=str(held.certificate), key=str(held.key))
    return HttpRegistrar(master.url, Outbound(tls=files))


def test_a_computer_and_a_client_renew_what_they_have(tls_master, tmp_path):
    node = registration(tls_master, tmp_path / "etc")
    case = RegisterComputer(registrar(tls_master), ConfigurationOnDisk(), lambda line: None)
    guid = case.run(node, tls_master.token("computer")).computer
    client = ClientRegistration(
        configuration=PurePosixPath(tmp_path / "client.cfg"), master_url=tls_master.url
    )
    ConfigureClient(registrar(tls_master), ConfigurationOnDisk()).run(client, tls_master.token("user"))

    for held in (
        HeldIdentity(certificate=node.identity / "certificate", key=node.identity / "key", computer=guid),
        HeldIdentity(certificate=client.certificate, key=client.key),
    ):
        former = Path(held.certificate).read_text()
        RenewIdentity(believed(tls_master, held), ConfigurationOnDisk()).run(held, "")
        assert Path(held.certificate).read_text() != former
        assert Path(f"{held.certificate}.old").read_text() == former
        assert stat.S_IMODE(Path(f"{held.key}.old").stat().st_mode) == 0o600
        believed(tls_master, held).renew_user("") if held.computer is None else believed(
            tls_master, held
        ).renew_computer(guid, "")


def test_a_token_renews_a_computer_only_when_nothing_else_can(tls_master, tmp_path):
    node = registration(tls_master, tmp_path / "etc")
    case = RegisterComputer(registrar(tls_master), ConfigurationOnDisk(), lambda line: None)
    guid = case.run(node, tls_master.token("computer")).computer
    held = HeldIdentity(certificate=node.identity / "certificate", key=node.identity / "key", computer=guid)
    token = tls_master.token("computer")
    with pytest.raises(NotAllowed, match=f"a certificate of {guid} is still valid"):
        registrar(tls_master).renew_computer(guid, token)
    with pytest.raises(NotAllowed, match="the master does not renew it"):
        registrar(tls_master).renew_computer(guid, "")
    settings, _ = settings_from(tls_master.configuration, os.environ)
    for row in list_certificates(settings):
        if row.name == guid:
            revoke_certificate(settings, row.serial)
    with pytest.raises(NotAllowed, match="the token is not for COMP-999"):
        registrar(tls_master).renew_computer(computer_guid("COMP-999"), token)
    stranger = make_token(settings, "computer", "zoe")
    with pytest.raises(NotAllowed, match=f"the token is not for {guid}"):
        registrar(tls_master).renew_computer(guid, stranger)
    RenewIdentity(registrar(tls_master), ConfigurationOnDisk()).run(held, token)
    assert believed(tls_master, held).renew_computer(guid, "").certificate
    with pytest.raises(NotAllowed, match="the master refuses the token"):
        registrar(tls_master).renew_computer(guid, token)


def test_a_client_is_configured(tls_master, tmp_path):
    client = ClientRegistration(
        configuration=PurePosixPath(tmp_path / "new" / "slapos-client.cfg"), master_url=tls_master.url
    )
    ConfigureClient(registrar(tls_master), ConfigurationOnDisk()).run(client, tls_master.token("user"))
    assert stat.S_IMODE(Path(client.key).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_master_of_an_unknown_authority_is_not_believed(tls_master):
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        HttpRegistrar(tls_master.url, Outbound()).register_computer("mine", "token")


def test_a_directory_that_cannot_be_copied_is_told(tmp_path):
    with pytest.raises(HostFailure, match="cannot copy"):
        ConfigurationOnDisk().back_up(PurePosixPath(tmp_path / "nowhere"))
    assert list(tmp_path.iterdir()) == []


def test_a_backup_keeps_modes(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    (folder / "key").write_text("secret")
    (folder / "key").chmod(0o600)
    kept = Path(ConfigurationOnDisk().back_up(PurePosixPath(folder)))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o755
    assert stat.S_IMODE((kept / "key").stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["/proc/slapos", "/dev/null/slapos"])
def test_what_cannot_be_written_is_told_beforehand(place):
    with pytest.raises(HostFailure, match=r"nothing can be written in /proc|/dev/null is no directory"):
        ConfigurationOnDisk().check_writable(PurePosixPath(place))


@pytest.fixture
def answering():
    """Start servers that give one answer to everything; return a registrar for each."""
    servers = []

    def start(status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return HttpRegistrar(f"http://127.0.0.1:{server.server_address[1]}/", Outbound())

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "error", "complaint"),
    [
        (403, b"", NotAllowed, "the master refuses the token"),
        (401, b"", NotAllowed, "the master refuses the token"),
        (200, b"Certificate still active.", RequestRefused, "still active"),
        (200, b"<html>", TemporarilyUnavailable, "something else than an identity"),
        (200, b"[]", TemporarilyUnavailable, "something else than an identity"),
        (200, b"{}", TemporarilyUnavailable, "something else than an identity"),
        (200, json.dumps({"certificate": "", "key": ""}).encode(), TemporarilyUnavailable, "no certificate"),
        (
            200,
            json.dumps(
                {"certificate": "-----BEGIN CERTIFICATE-----\nx", "key": "-----BEGIN PRIVATE KEY-----\nx"}
            ).encode(),
            TemporarilyUnavailable,
            "do not belong together",
        ),
        (500, b"oops", TemporarilyUnavailable, "answers 500: oops"),
        (302, b"", TemporarilyUnavailable, "answers 302"),
    ],
)
def test_answers_that_are_no_identity(answering, status, body, error, complaint):
    with pytest.raises(error, match=complaint):
        answering(status, body).register_computer("mine", "token")


@pytest.mark.parametrize("body", [b"", b"<html>", b"<marshal><int>1</int></marshal>", b"{}"])
def test_renewals_that_are_no_identity(answering, body):
    with pytest.raises(TemporarilyUnavailable, match="something else than an identity"):
        answering(200, body).renew_computer(computer_guid("COMP-1"), "")


def test_a_master_that_renews_nothing_is_told(answering):
    with pytest.raises(NotAllowed, match=r"the master does not renew it: .* answers 404"):
        answering(404, b"").renew_user("")


def test_a_key_of_somebody_else_is_no_identity(tls_master, answering):
    issued = [registrar(tls_master).register_computer(each, tls_master.token("computer")) for each in "ab"]
    body = json.dumps({"certificate": issued[0].certificate, "key": issued[1].key}).encode()
    with pytest.raises(TemporarilyUnavailable, match="do not belong together"):
        answering(200, body).register_computer("mine", "token")


def test_a_site_without_a_url_is_refused():
    with pytest.raises(InvalidInput, match="'nonsense' is no URL of a master's site"):
        HttpRegistrar("nonsense", Outbound())


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "ü"])
def test_a_malformed_token_is_not_sent(token):
    with pytest.raises(NotAllowed, match="empty or malformed"):
        HttpRegistrar("http://127.0.0.1:1", Outbound()).register_user(token)
