"""Steps about a computer that is run by its documented commands."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from features.worlds.command_line import PROFILE_THAT_FAILS, CommandLine, eventually, page
from features.worlds.computer import COMPUTER, Computer
from pytest_bdd import given, parsers, then, when

# A run of the node, as far as another one can tell: a process that holds the lock of the pid file.
HOLDER = """
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
print("held", flush=True)
time.sleep(300)  # slapos
"""


@pytest.fixture
def computer(shell):
    return Computer(shell)


@given(parsers.parse("a computer with 3 partitions, configured in files"))
def _(computer):
    computer.configure()


@pytest.fixture(scope="session")
def built_computer():
    shell = CommandLine()
    computer = Computer(shell)
    computer.build()
    yield computer
    shell.close()


@given(parsers.parse("a computer with 3 partitions, configured in files, that has built its release"))
def _(computer, built_computer):
    computer.built = built_computer
    computer.configure()


@given("its master is started")
@when("its master is started again")
def _(computer):
    computer.start_master()


@given(parsers.parse("the operator ran: {words}"))
def _(computer, words):
    computer.operator_runs(words)
    assert computer.shell.last.status == 0, computer.shell.last.err


@given(parsers.parse("the tenant ran: {words}"))
def _(computer, words):
    computer.tenant_runs(words)
    assert computer.shell.last.status == 0, computer.shell.last.err


@given("the operator has formatted the computer")
def _(computer):
    computer.operator_runs("node format --now")
    assert computer.shell.last.status == 0, computer.shell.last.err


@given(parsers.parse("the service {title} runs"))
def _(computer, title):
    to_build = (
        (computer.tenant_runs, "supply RELEASE COMPUTER"),
        (computer.operator_runs, "node software --now"),
    )
    for actor, words in (
        (computer.operator_runs, "node format --now"),
        *(to_build if computer.built is None else ()),
        (computer.tenant_runs, f"request {title} RELEASE"),
    ):
        actor(words)
        assert computer.shell.last.status == 0, computer.shell.last.err

    def deployed():
        computer.operator_runs("node instance --now")
        return computer.shell.last.status == 0

    eventually(deployed)


@given(parsers.parse("another run of the node holds its pid file"))
def _(computer, request):
    computer.operator_runs("node format --now")
    pidfile = computer.shell.directory / "instance" / "var" / "run" / "slapgrid-cp.pid"
    pidfile.parent.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, pidfile], stdout=subprocess.PIPE, text=True)
    request.addfinalizer(lambda: (holder.kill(), holder.wait(), holder.stdout.close()))
    assert holder.stdout.readline() == "held\n"


@given(parsers.parse("a profile {name} that does not build"))
def _(computer, name):
    (computer.shell.directory / name).write_text(PROFILE_THAT_FAILS)


@given(parsers.parse("slapos.cfg says {line} in place of {old}"))
def _(computer, line, old):
    old = old.replace("URL", computer.url).replace("COMPUTER", COMPUTER)
    text = computer.configuration.read_text()
    assert f"{old}\n" in text
    computer.configuration.write_text(text.replace(f"{old}\n", f"{line}\n"))


@given(parsers.parse("slapos.cfg also says {line}"))
def _(computer, line):
    text = computer.configuration.read_text()
    computer.configuration.write_text(text.replace("[slapos]\n", f"[slapos]\n{line}\n"))


@given("the software root is a file")
def _(computer):
    (computer.shell.directory / "software").write_text("")


@when(parsers.parse("the operator runs: {words}"))
def _(computer, words):
    computer.operator_runs(words)


@when(parsers.parse("the tenant runs: {words}"))
def _(computer, words):
    computer.tenant_runs(words)


@when(parsers.re(r"the tenant types (?P<text>.*) into: (?P<words>.*)"))
def _(computer, text, words):
    computer.tenant_runs(words, typed=f"{text}\n")


@when(parsers.parse("the program of {title} is killed"))
def _(computer, title):
    (program,) = computer.programs_of(title)
    os.kill(program.pid, signal.SIGKILL)


@when(parsers.parse("somebody else takes the port of {title}"))
def _(computer, title, request):
    port = computer.port_of(title)
    computer.operator_runs("node stop slappart0:")
    listener = socket.socket()
    request.addfinalizer(listener.close)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()


@then("it prints the alias of the release and 0")
def _(computer):
    assert f"alias {computer.release} 0" in computer.shell.last.out


@then("the release is complete")
def _(computer):
    assert (computer.release_directory() / ".completed").exists()


@then("the release is gone")
def _(computer):
    assert not computer.release_directory().exists()


@then(parsers.parse('the page of {title} says "{text}"'))
def _(computer, title, text):
    url = computer.url_of(title)
    assert eventually(lambda: page(url)).strip() == text


@then(parsers.parse("the page of {title} is away"))
def _(computer, title):
    assert page(computer.url_of(title)) == ""


@then(parsers.parse("the partition {name} is empty"))
def _(computer, name):
    left = {path.name for path in (computer.shell.directory / "instance" / name).iterdir()}
    assert left <= {".slapos-resource"}


@then("the master hears of it")
def _(computer):
    bang = computer.shell.directory / "instance" / "slappart0" / ".slapos_latest_bang_timestamp"
    eventually(bang.exists)


@then("the master still answers")
def _(computer):
    assert computer.master_answers()
