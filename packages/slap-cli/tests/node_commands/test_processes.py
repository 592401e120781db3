"""The commands that speak to the supervisor, and the supervisor itself."""


def test_processes_are_stopped_started_restarted_and_read(served, slapos):
    served.add_service("web", "#!/bin/sh\necho hello from web\nexec sleep 1000\n")
    assert slapos("node", "instance").status == 0
    assert "slappart0:web-on-watch: stopped" in served.run("node", "stop", "slappart0:web-on-watch").stdout
    assert "STOPPED" in served.run("node", "status", "slappart0:").stdout
    assert "started" in served.run("node", "start", "slappart0:").stdout
    restarted = served.run("node", "restart", "slappart0:web-on-watch").stdout
    assert restarted.splitlines()[-1] == "slappart0:web-on-watch: started"
    assert "hello from web" in served.run("node", "tail", "slappart0:web-on-watch").stdout
    tails = served.run("node", "tail", "slappart0:").stdout
    assert tails.splitlines()[:2] == ["==> slappart0:web-on-watch <==", "hello from web"]
    assert tails in served.run("node", "tail").stdout
    assert "only one process can be followed" in served.run("node", "tail", "-f", "slappart0:").stderr
    assert "there is no process 'nope:'" in served.run("node", "tail", "nope:").stderr
    assert "slappart0" in served.run("node", "supervisorctl", "avail").stdout
    assert "slappart0:web-on-watch" in served.run("node").stdout


def test_the_supervisor_is_launched(node, slapos):
    slapos("node", "format")
    assert slapos("node", "supervisord").status == 0
    assert (node.directory / "inst" / "sv.sock").exists()
