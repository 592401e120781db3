"""The commands that speak to the supervisor, and the supervisor itself."""

import subprocess

import pytest


def followed(served, process):
    """Return what following a process shows at once."""
    with served.start("node", "tail", "-f", process, stdout=subprocess.PIPE) as following:
        lines = [following.stdout.readline() for _ in range(2)]
        following.kill()
    return lines


def test_processes_are_stopped_started_restarted_and_read(served, slapos):
    served.add_service("web", "#!/bin/sh\nprintf 'hello \\033[7m from web\\n'\nexec sleep 1000\n")
    assert slapos("node", "instance").status == 0
    assert "slappart0:web-on-watch: stopped" in served.run("node", "stop", "slappart0:web-on-watch").stdout
    assert "STOPPED" in served.run("node", "status", "slappart0:").stdout
    assert "started" in served.run("node", "start", "slappart0:").stdout
    restarted = served.run("node", "restart", "slappart0:web-on-watch").stdout
    assert restarted.splitlines()[-1] == "slappart0:web-on-watch: started"
    hello = "hello \\x1b[7m from web\n"
    assert served.run("node", "tail", "slappart0:web-on-watch").stdout.endswith(hello)
    assert followed(served, "slappart0:web-on-watch")[-1] == hello
    assert served.run("node", "tail", "watchdog").returncode == 0
    tails = served.run("node", "tail", "slappart0:").stdout
    assert tails.splitlines()[:2] == ["==> slappart0:web-on-watch <==", hello.strip()]
    assert tails in served.run("node", "tail").stdout
    assert "only one process can be followed" in served.run("node", "tail", "-f", "slappart0:").stderr
    assert "there is no process 'nope:'" in served.run("node", "tail", "nope:").stderr
    assert "slappart0" in served.run("node", "supervisorctl", "avail").stdout
    assert "slappart0:web-on-watch" in served.run("node").stdout


@pytest.mark.parametrize("command", ["status", "tail"])
def test_a_supervisor_that_may_not_be_launched_is_the_operator_s_to_start(node, slapos, command):
    slapos("node", "format")
    allowing = node.configuration.read_text()
    forbidding = allowing.replace("[slapos]\n", "[slapos]\nforbid_supervisord_automatic_launch = true\n")
    node.configuration.write_text(forbidding)
    refused = node.run("node", command)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "supervisord does not run" in refused.stderr
    assert "hint: start it with `slapos node supervisord`" in refused.stderr
    assert slapos("node", "supervisord").status == 0
    assert node.run("node", command).returncode == 0


def test_the_supervisor_is_launched(node, slapos):
    slapos("node", "format")
    assert slapos("node", "supervisord").status == 0
    assert (node.directory / "inst" / "sv.sock").exists()
