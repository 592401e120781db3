"""Steps about machines and people that a master gets to know."""

import contextlib
import json
import os
import sqlite3
import stat
from datetime import UTC, datetime

import pytest
from features.worlds.loopback import listens
from features.worlds.registration import Registration
from pytest_bdd import given, parsers, then, when

from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import SupervisorLayout


@pytest.fixture
def registration(shell):
    return Registration(shell)


@given("a master that asks callers for certificates")
def _(registration):
    registration.start_master()


@given(parsers.parse("the operator registered {name}"))
def _(registration, name):
    registration.fresh_token("computer")
    registration.register(name)
    assert registration.shell.last.status == 0, registration.shell.last.err


@given("the token was given more than a day ago")
def _(registration):
    registration.fresh_token("computer")
    database = sqlite3.connect(registration.shell.directory / "proxy.sqlite")
    with contextlib.closing(database), database:
        changed = database.execute("UPDATE token SET expires_at = expires_at - 90000")
        assert changed.rowcount == 1


@when(parsers.re(r"the operator registers (?P<name>\w+) with a fresh token(?: and (?P<options>.*))?"))
def _(registration, name, options):
    registration.fresh_token("computer")
    registration.register(name, options or "")


@when(parsers.parse("the operator registers {name} with the same token"))
def _(registration, name):
    registration.register(name)


@when(parsers.parse("the operator runs on it: {words}"))
def _(registration, words):
    first, second, *others = words.split()
    registration.shell.run(first, second, "--cfg", registration.folder / "slapos.cfg", *others)


@given(parsers.parse("a fresh token for a {kind}"))
def _(registration, kind):
    registration.fresh_token(kind)


@when(parsers.parse("a newcomer runs: {words}"))
def _(registration, words):
    registration.shell.run(*(registration.meant(word) for word in words.split()))


@when("the tenant configures a client with a fresh token")
def _(registration):
    registration.fresh_token("user")
    registration.run("configure", "client", cfg=registration.folder / "slapos-client.cfg")


@given(parsers.parse("the certificate of the machine ends in {days:d} days"))
def _(registration, days):
    registration.age_certificate("COMP-1", days)


@when(parsers.re(r"the operator renews the certificate of the machine(?P<token> with a fresh token)?"))
def _(registration, token):
    words = []
    if token:
        registration.fresh_token("computer")
        words = ["--token", registration.token]
    registration.shell.run("node", "register", "--renew", "--cfg", registration.folder / "slapos.cfg", *words)


@when("the tenant renews the certificate of the client")
def _(registration):
    registration.shell.run(
        "configure", "client", "--renew", "--cfg", registration.folder / "slapos-client.cfg"
    )


@then("the former certificate is kept beside the new one")
def _(registration):
    place = registration.folder / "ssl"
    assert {_mode(place / name) for name in ("key.old", "certificate.old")} == {0o600}
    assert (place / "certificate").read_text() != (place / "certificate.old").read_text()


@then("it says nothing of an end")
def _(registration):
    assert "expire" not in registration.shell.last.err


@then(parsers.parse("the operator is shown that the certificate of {name} ends in {days:d} days"))
def _(registration, name, days):
    shown = registration.shell.run(
        "proxy", "show", "--format", "json", "--cfg", registration.shell.directory / "slapos-proxy.cfg"
    )
    (computer,) = [row for row in json.loads(shown.out)["computers"] if row["computer"] == name]
    left = datetime.fromisoformat(computer["certificate_expires"]) - datetime.now(UTC)
    assert left.days == days


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@then("the key and the certificate are readable by their owner alone")
def _(registration):
    assert {_mode(registration.folder / "ssl" / name) for name in ("key", "certificate")} == {0o600}


@then("the key of the client is readable by its owner alone")
def _(registration):
    assert _mode(registration.folder / "client.key") == 0o600


@then("slapos.cfg names neither an IPv6 interface nor taps")
def _(registration):
    assert not {"ipv6_interface", "create_tap"} & set(registration.configuration(registration.folder))


@then(parsers.parse("slapos.cfg says {key} = {value}"))
def _(registration, key, value):
    assert registration.configuration(registration.folder)[key] == registration.meant(value)


@then(parsers.parse("the former configuration names {name}"))
def _(registration, name):
    former = registration.folder.with_name("etc.old")
    assert registration.configuration(former)["computer_id"] == name


@then("no former configuration is kept")
def _(registration):
    assert not registration.folder.with_name("etc.old").exists()


@then("nothing was written")
def _(registration):
    assert not registration.folder.exists()


@then(parsers.parse("the master knows of a bang that says {message}"))
def _(shell, message):
    assert [one for one in shell.masters_said if "bang" in one.lower() and message in one]


# A machine that becomes its own master


@given("an ordinary user, and a free port")
def _(registration, monkeypatch, request):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def shut_down():
        layout = SupervisorLayout(instance_root=registration.shell.directory / "i")
        SupervisorDaemon(layout, ()).shut_down()

    request.addfinalizer(shut_down)


@then("the master answers at the port")
def _(registration):
    assert listens(registration.port)
