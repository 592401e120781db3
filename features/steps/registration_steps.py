"""Steps about machines and people that a master gets to know."""

import contextlib
import json
import os
import sqlite3
import stat
from datetime import UTC, datetime

import pytest
from features.worlds.loopback import listens
from features.worlds.registering import Registering
from pytest_bdd import given, parsers, then, when

from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import SupervisorLayout


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


@given(parsers.parse("a fresh token for a {kind}"))
def _(registering, kind):
    registering.fresh_token(kind)


@when(parsers.parse("a newcomer runs: {words}"))
def _(registering, words):
    registering.shell.run(*(registering.meant(word) for word in words.split()))


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
    assert registering.configuration(registering.folder)[key] == registering.meant(value)


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


@then(parsers.parse("the master knows of a bang that says {message}"))
def _(shell, message):
    assert [one for one in shell.masters_said if "bang" in one.lower() and message in one]


# A machine that becomes its own master


@given("an ordinary user, and a free port")
def _(registering, monkeypatch, request):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def shut_down():
        layout = SupervisorLayout(instance_root=registering.shell.directory / "i")
        SupervisorDaemon(layout, ()).shut_down()

    request.addfinalizer(shut_down)


@then("the master answers at the port")
def _(registering):
    assert listens(registering.port)
