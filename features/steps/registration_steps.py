"""Steps about machines and people that a master gets to know."""

import configparser
import contextlib
import json
import socket
import sqlite3
import stat
from datetime import UTC, datetime, timedelta

import pytest
from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when

from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_proxy.storage.opening import opened_storage
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.issued import CERTIFICATE_DAYS
from slap_proxy.wall_clock import WallClock


class Registering:
    """A master that asks for certificates, and a machine that has none yet."""

    def __init__(self, shell):
        self.shell = shell
        self.folder = shell.directory / "etc"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = ""

    def start_master(self):
        folder = self.shell.directory
        (folder / "slapos-proxy.cfg").write_text(
            f"[slapproxy]\nhost = 127.0.0.1\nport = {self.port}\ndatabase_uri = {folder}/proxy.sqlite\n"
            f"trust = tls\ncertificate_directory = {folder}/certificates\n"
        )
        self.shell.start("proxy", "start", "--cfg", folder / "slapos-proxy.cfg")
        eventually((folder / "certificates" / "authority.crt").exists)
        eventually(self._listens)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def fresh_token(self, kind):
        proxy = self.shell.directory / "slapos-proxy.cfg"
        self.token = self.shell.run("proxy", "token", kind, "--cfg", proxy).out.strip()
        assert self.token

    def run(self, *words, cfg):
        """Run a command that talks to the master for the first time."""
        url = f"https://127.0.0.1:{self.port}"
        urls = ("--master-url", url, "--master-url-web", url)
        authority = self.shell.directory / "certificates" / "authority.crt"
        self.shell.run(*words, "--cfg", cfg, *urls, "--master-ca-file", authority, "--token", self.token)

    def register(self, name, options=""):
        self.run("node", "register", name, *options.split(), cfg=self.folder / "slapos.cfg")

    def age_certificate(self, guid, days):
        """Give the machine a certificate that ends in so many days, in place of the one it has."""
        issuing_time = datetime.now(UTC) - timedelta(days=CERTIFICATE_DAYS - days)
        authority = CertificateAuthority(self.shell.directory / "certificates", WallClock())
        issued = authority.issue(Bearer.COMPUTER, guid, issuing_time)
        record = CertificateRecord(
            serial=issued.serial,
            bearer=Bearer.COMPUTER,
            name=guid,
            issued_at=issued.issued_at,
            expires_at=issued.expires_at,
        )

        def work(records):
            for former in records.trust.certificates():
                records.trust.revoke(former.serial, 1)
            records.trust.add_certificate(record)

        with opened_storage(str(self.shell.directory / "proxy.sqlite"), print) as storage:
            storage.registry.write(work)
        (self.folder / "ssl" / "key").write_text(issued.key)
        (self.folder / "ssl" / "certificate").write_text(issued.certificate)

    def configuration(self, folder):
        parser = configparser.ConfigParser()
        parser.read_string((folder / "slapos.cfg").read_text())
        return {key: value for section in parser.sections() for key, value in parser.items(section)}


@pytest.fixture
def registering(shell):
    return Registering(shell)


@given("a master that asks callers for certificates")
def _(registering):
    registering.start_master()


@given(parsers.parse("the operator registered {name}"))
def _(registering, name):
    registering.fresh_token("computer")
    registering.register(name)
    assert registering.shell.last.status == 0, registering.shell.last.err


@given("the token was given more than a day ago")
def _(registering):
    registering.fresh_token("computer")
    database = sqlite3.connect(registering.shell.directory / "proxy.sqlite")
    with contextlib.closing(database), database:
        changed = database.execute("UPDATE token SET expires_at = expires_at - 90000")
        assert changed.rowcount == 1


@when(parsers.re(r"the operator registers (?P<name>\w+) with a fresh token(?: and (?P<options>.*))?"))
def _(registering, name, options):
    registering.fresh_token("computer")
    registering.register(name, options or "")


@when(parsers.parse("the operator registers {name} with the same token"))
def _(registering, name):
    registering.register(name)


@when(parsers.parse("the operator runs on it: {words}"))
def _(registering, words):
    first, second, *others = words.split()
    registering.shell.run(first, second, "--cfg", registering.folder / "slapos.cfg", *others)


@when("the tenant configures a client with a fresh token")
def _(registering):
    registering.fresh_token("user")
    registering.run("configure", "client", cfg=registering.folder / "slapos-client.cfg")


@given(parsers.parse("the certificate of the machine ends in {days:d} days"))
def _(registering, days):
    registering.age_certificate("COMP-1", days)


@when(parsers.re(r"the operator renews the certificate of the machine(?P<token> with a fresh token)?"))
def _(registering, token):
    words = []
    if token:
        registering.fresh_token("computer")
        words = ["--token", registering.token]
    registering.shell.run("node", "register", "--renew", "--cfg", registering.folder / "slapos.cfg", *words)


@when("the tenant renews the certificate of the client")
def _(registering):
    registering.shell.run("configure", "client", "--renew", "--cfg", registering.folder / "slapos-client.cfg")


@then("the former certificate is kept beside the new one")
def _(registering):
    place = registering.folder / "ssl"
    assert {_mode(place / name) for name in ("key.old", "certificate.old")} == {0o600}
    assert (place / "certificate").read_text() != (place / "certificate.old").read_text()


@then("it says nothing of an end")
def _(registering):
    assert "expire" not in registering.shell.last.err


@then(parsers.parse("the operator is shown that the certificate of {name} ends in {days:d} days"))
def _(registering, name, days):
    shown = registering.shell.run(
        "proxy", "show", "--format", "json", "--cfg", registering.shell.directory / "slapos-proxy.cfg"
    )
    (computer,) = [row for row in json.loads(shown.out)["computers"] if row["computer"] == name]
    left = datetime.fromisoformat(computer["certificate_expires"]) - datetime.now(UTC)
    assert left.days == days


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@then("the key and the certificate are readable by their owner alone")
def _(registering):
    assert {_mode(registering.folder / "ssl" / name) for name in ("key", "certificate")} == {0o600}


@then("the key of the client is readable by its owner alone")
def _(registering):
    assert _mode(registering.folder / "client.key") == 0o600


@then("slapos.cfg names neither an IPv6 interface nor taps")
def _(registering):
    assert not {"ipv6_interface", "create_tap"} & set(registering.configuration(registering.folder))


@then(parsers.parse("slapos.cfg says {key} = {value}"))
def _(registering, key, value):
    assert registering.configuration(registering.folder)[key] == value


@then(parsers.parse("the former configuration names {name}"))
def _(registering, name):
    former = registering.folder.with_name("etc.old")
    assert registering.configuration(former)["computer_id"] == name


@then("no former configuration is kept")
def _(registering):
    assert not registering.folder.with_name("etc.old").exists()


@then("nothing was written")
def _(registering):
    assert not registering.folder.exists()
