import os
import select
import signal

import pytest

from slap_domain.model.partition import Program
from slap_node.supervisor.program_states import running_program


def started(node, text):
    place = node.place("slappart0")
    command = node.script("slappart0", "etc/service/web", text)
    node.supervisor.ensure_running()
    node.supervisor.deploy(place, (Program(name="web", command=command, watched=True),))
    node.supervisor.start(place.id)
    return lambda: next(one for one in node.supervisor.programs() if one.group == place.id)


def test_a_program_that_ended_tells_its_status(node):
    web = started(node, "#!/bin/sh\nexit 3\n")
    node.wait(lambda: web().state == "EXITED")
    assert (web().ended, web().uptime) == ("ended with status 3", 0)


def test_a_program_that_runs_has_not_ended_and_tells_how_long_it_runs(node):
    web = started(node, "#!/bin/sh\nexec sleep 100\n")
    node.wait(lambda: web().uptime >= 1)
    assert web().ended == ""
    os.kill(web().pid, signal.SIGKILL)
    node.wait(lambda: web().ended)
    assert web().ended == "was killed by a signal"


@pytest.mark.parametrize(("said", "told"), [("spawn error", "spawn error"), ("", "it ended at once")])
def test_a_program_that_cannot_be_run_tells_why(said, told):
    info = {"group": "slappart0", "name": "web", "statename": "FATAL", "pid": 0, "now": 5, "start": 1}
    program = running_program({**info, "spawnerr": said, "exitstatus": 0})
    assert (program.ended, program.uptime) == (f"cannot be run: {told}", 0)


def test_what_a_killed_daemon_left_is_known_and_ends_with_a_shut_down(node):
    web = started(node, "#!/bin/sh\nexec sleep 100\n")
    node.settle()
    pid = web().pid
    daemon = node.supervisor._daemon
    os.kill(int((node.root / "var/run/supervisord.pid").read_text()), signal.SIGKILL)
    node.wait(lambda: not daemon.is_running())
    assert [(one.group, one.program, one.pid) for one in daemon.survivors()] == [
        ("slappart0", "web-on-watch", pid)
    ]
    handle = os.pidfd_open(pid)
    try:
        node.supervisor.shut_down()
        assert select.select([handle], [], [], 0)[0]
    finally:
        os.close(handle)
    assert daemon.survivors() == ()
