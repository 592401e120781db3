"""Steps about `slapos standalone`."""

import os
import select
import signal
import socket

import pytest
from features.worlds.command_line import EXAMPLES, PROFILE_THAT_FAILS, eventually, page
from features.worlds.loopback import free_port
from features.worlds.standalone import Standalone
from pytest_bdd import given, parsers, then, when


@pytest.fixture
def standalone(shell):
    return Standalone(shell)


@given("an empty directory")
def _(standalone):
    assert list(standalone.shell.directory.iterdir()) == []


@given("a release that builds without the package index")
def _(standalone):
    standalone.release = str(standalone.shell.local_release())


@given(parsers.parse("the release of the example {name}"))
def _(standalone, name):
    standalone.release = str(EXAMPLES / name / "software.cfg")


@given("a URL where nothing answers")
def _(standalone):
    standalone.release = f"http://127.0.0.1:{free_port()}/software.cfg"


@given("a URL without a host")
def _(standalone):
    standalone.release = "http:///software.cfg"


@given("a URL that is none")
def _(standalone):
    standalone.release = "http://[::1/software.cfg"


@given("a directory whose name is too long")
def _(standalone):
    standalone.release = str(standalone.shell.local_release())
    standalone.directory = standalone.shell.directory / ("long" * 30)


@given("a path of no profile")
def _(standalone):
    standalone.release = str(standalone.shell.directory / "missing.cfg")


@given("a profile that does not build")
def _(standalone):
    path = standalone.shell.directory / "software.cfg"
    path.write_text(PROFILE_THAT_FAILS)
    standalone.release = str(path)


@given("a release whose instance fails")
def _(standalone):
    path = standalone.shell.local_release()
    recipe = path.parent / "recipe" / "local_recipe.py"
    text = recipe.read_text()
    recipe.write_text(
        text.replace(
            "        # What else a scenario wants",
            "        raise ValueError('the recipe gave up')\n        # What else a scenario wants",
        )
    )
    assert recipe.read_text() != text
    standalone.release = str(path)


@given(parsers.parse("a release whose service ends {when}, with {promises}"))
def _(standalone, when, promises):
    path = standalone.shell.local_release()
    text = path.read_text()
    delay = {"at once": "0", "after three seconds": "3"}[when]
    server = "exec ${buildout:executable} -m http.server --bind 127.0.0.1 @{publish:port}"
    assert server in text
    text = text.replace(server, f"sleep {delay}\n    echo no such table\n    exit 3")
    if promises == "no promise":
        text = text.replace(" promise publish", " publish")
    path.write_text(text)
    standalone.release = str(path)


@given("a directory that holds something else")
def _(standalone):
    standalone.release = str(standalone.shell.local_release())
    standalone.directory.mkdir()
    (standalone.directory / "thesis.tex").write_text("")


@given("a directory that cannot be made")
def _(standalone):
    standalone.release = str(standalone.shell.local_release())
    standalone.directory.write_text("a file is in the way")


@given("somebody else listens on the port that its service will use")
def _(standalone, request):
    listener = socket.socket()
    request.addfinalizer(listener.close)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    recipe = standalone.shell.directory / "local" / "recipe" / "local_recipe.py"
    port = str(listener.getsockname()[1])
    text = recipe.read_text()
    recipe.write_text(
        text.replace('options["port"] = self.port(self.directory)', f'options["port"] = "{port}"')
    )
    assert recipe.read_text() != text


@when(parsers.parse("it is run detached, with the parameter {parameter}"))
def _(standalone, parameter):
    standalone.run("--detach", "--parameters", parameter)


@when(parsers.parse("it is run detached, with {count:d} partitions, as {name}"))
def _(standalone, count, name):
    standalone.run("--detach", "--partitions", str(count), "--name", name)


@when(parsers.parse("it is run detached, waiting {seconds} seconds for its promises"))
def _(standalone, seconds):
    standalone.run("--detach", "--patience", seconds)


@when(parsers.parse("it is run detached while imports are watched, with the parameter {parameter}"))
def _(standalone, parameter):
    standalone.shell.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    standalone.run("--detach", "--parameters", parameter)
    del standalone.shell.environment["PYTHONPROFILEIMPORTTIME"]


@when("it is run detached")
@when("it is run detached again")
def _(standalone):
    standalone.run("--detach")


@when("it is run in the foreground")
def _(standalone):
    standalone.run_in_foreground()


@when("its status is asked")
def _(standalone):
    standalone.command("status")


@when("it is stopped")
def _(standalone):
    standalone.command("stop")


@when("it is destroyed")
def _(standalone):
    standalone.command("destroy")


@when("the service's program is killed")
def _(standalone):
    (program,) = [one for one in standalone.shell.processes() if "http.server" in one.cmdline()]
    os.kill(program.pid, signal.SIGKILL)
    program.wait(10)


@when(parsers.parse('its page is edited to say "{text}"'))
def _(standalone, text):
    path = standalone.shell.local_release()
    before = path.read_text()
    path.write_text(before.replace("text = @{publish:greeting}", f"text = {text}"))
    assert path.read_text() != before


@when("its supervisor is killed")
def _(standalone):
    _kill(int((standalone.directory / "instance" / "var" / "run" / "supervisord.pid").read_text()))


@when("whoever looks after it is killed")
def _(standalone):
    _kill(int((standalone.directory / "caretaker.lock").read_text()))


def _kill(pid):
    handle = os.pidfd_open(pid)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)


@when("Ctrl-C is pressed")
def _(standalone):
    standalone.foreground.send_signal(signal.SIGINT)


@when(parsers.parse("the program of the service is {action} by the operator"))
def _(standalone, action):
    verb = {"stopped": "stop", "started": "start"}[action]
    standalone.shell.run("node", verb, "--cfg", standalone.directory / "slapos.cfg", "slappart0:")
    if verb == "start":
        eventually(lambda: page(standalone.last_url))


@when("the state of the node's programs is asked")
def _(standalone):
    standalone.shell.run("node", "status", "--cfg", standalone.directory / "slapos.cfg")


@when("the promises are run")
def _(standalone):
    standalone.shell.run("node", "promise", "--cfg", standalone.directory / "slapos.cfg")


@then("the foreground command succeeds")
def _(standalone):
    assert standalone.foreground.wait(60) == 0, standalone.shell.log_of("standalone")


@then("its page is there")
@then("its page is there again")
def _(standalone):
    url = eventually(lambda: _printed_url(standalone.shell.log_of("standalone")))
    assert eventually(lambda: page(url)).strip() == "Hello"


def _printed_url(log):
    words = log.split("url: ")
    return words[1].split()[0] if len(words) > 1 and words[1].split() else ""


@then("the printed page is there again")
def _(standalone):
    assert eventually(lambda: page(standalone.last_url)).strip() == "Hello"


@then("another supervisor runs its programs")
def _(standalone):
    def status():
        standalone.command("status")
        return standalone.shell.last.status == 0

    eventually(status)


@then(parsers.parse('it prints a URL whose page says "{text}"'))
def _(standalone, text):
    standalone.last_url = standalone.shell.last.url
    assert text in page(standalone.last_url)


@then(parsers.parse('its progress shows "{one}", "{two}" and "{three}"'))
def _(standalone, one, two, three):
    shown = standalone.shell.last.err
    places = [shown.index(words) for words in (one, two, three)]
    assert places == sorted(places)


@then("it tells that the service is started")
def _(standalone):
    assert '"state": "started"' in standalone.shell.last.out


@then("nothing was built again")
def _(standalone):
    assert "building" not in standalone.shell.last.err


@then("its directory is gone")
def _(standalone):
    assert not standalone.directory.exists()


@then("nothing below slap_domain.testing was imported")
def _(standalone):
    master = (standalone.directory / "log" / "master.log").read_text()
    for imports in (standalone.shell.last.err, master):
        assert "slap_domain.use_cases" in imports
        assert "slap_domain.testing" not in imports
