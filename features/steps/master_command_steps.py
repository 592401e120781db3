"""Steps about the commands with which an operator runs a master and looks at it."""

import json
import signal

from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then, when


@given("the directories old and new, each with a release")
def _(shell):
    for name in ("old", "new"):
        (shell.directory / name).mkdir()
        (shell.directory / name / "software.cfg").touch()


@when(parsers.parse("a master runs by: {words}"), target_fixture="master_url")
def _(shell, words):
    for former in shell.running:
        former.send_signal(signal.SIGTERM)
        former.wait(30)
    log = shell.directory / "proxy.log"
    log.unlink(missing_ok=True)
    shell.start(*words.replace("HERE", str(shell.directory)).split())
    eventually(lambda: "answers at " in log.read_text())
    return log.read_text().split("answers at ")[1].split()[0]


@when("the release in old is supplied to it")
def _(shell, master_url):
    client = shell.directory / "client.cfg"
    client.write_text(f"[slapos]\nmaster_url = {master_url}\n")
    ran = shell.run("supply", shell.directory / "old" / "software.cfg", "COMP-1", "--cfg", client)
    assert ran.status == 0, ran.err


@then(parsers.parse("the kinds that it shows are {kinds}"))
def _(shell, kinds):
    assert ", ".join(sorted(json.loads(shell.last.out))) == kinds
