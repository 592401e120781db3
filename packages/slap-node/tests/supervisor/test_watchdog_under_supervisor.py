import os
import signal
from pathlib import PurePosixPath

import pytest

from slap_domain.model.partition import Program
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_node.supervisor.watchdog_command import WatchdogSettings, watchdog_command

ONE = PartitionId("slappart0")


@pytest.fixture
def watched(node, http_master):
    settings = WatchdogSettings(
        master_url=f"http://127.0.0.1:{http_master.server_port}",
        computer=ComputerGuid("COMP-1"),
        instance_root=PurePosixPath(node.root),
        certificate_repository=PurePosixPath(node.root / "certificates"),
    )
    node.with_watchdog(watchdog_command(settings))
    node.supervisor.ensure_running()
    command = node.script(ONE, "etc/service/server")
    program = Program(name="server", command=PurePosixPath(command), watched=True)
    node.supervisor.deploy(node.place(ONE), (program,))
    node.supervisor.start(ONE)
    node.wait(lambda: node.states("watchdog") == {"watchdog": "RUNNING"})
    node.settle()
    return node


def _kill(node, group, name):
    os.kill(node.pids(group)[name], signal.SIGKILL)


def _deploy_again(node, timestamp):
    (node.root / ONE / ".timestamp").write_text(timestamp)
    node.supervisor.start(ONE)
    node.settle()


def test_the_exit_of_a_service_reaches_the_master_once_per_deployment(watched, http_master):
    _deploy_again(watched, "10.5")
    _kill(watched, ONE, "server-on-watch")
    _, form = http_master.received.get(timeout=30)
    assert form["computer_partition_id"] == "slappart0"
    watched.wait((watched.root / ONE / ".slapos_latest_bang_timestamp").exists)
    watched.supervisor.start(ONE)
    watched.settle()
    _kill(watched, ONE, "server-on-watch")
    watched.wait(lambda: watched.states(ONE) == {"server-on-watch": "EXITED"})
    _deploy_again(watched, "11.25")
    _kill(watched, ONE, "server-on-watch")
    assert http_master.received.get(timeout=30)
    assert http_master.received.empty()


def test_a_watchdog_that_was_killed_tells_all_the_same(watched, http_master):
    first = watched.pids("watchdog")["watchdog"]
    _kill(watched, "watchdog", "watchdog")
    _kill(watched, ONE, "server-on-watch")
    _, form = http_master.received.get(timeout=30)
    assert "server-on-watch" in form["message"]
    assert watched.pids("watchdog")["watchdog"] not in {0, first}


def test_a_watchdog_that_was_stopped_is_started_by_the_next_run(watched, http_master):
    watched.supervisor._daemon.rpc.call("stopProcess", "watchdog:watchdog")
    assert watched.states("watchdog") == {"watchdog": "STOPPED"}
    before = watched.pids(ONE)
    watched.supervisor.ensure_running()
    watched.wait(lambda: watched.states("watchdog") == {"watchdog": "RUNNING"})
    assert before == watched.pids(ONE)


def test_another_master_makes_another_watchdog_and_touches_nothing_else(watched, http_master):
    first, before = watched.pids("watchdog")["watchdog"], watched.pids(ONE)
    settings = WatchdogSettings(
        master_url="http://127.0.0.1:9/",
        computer=ComputerGuid("COMP-2"),
        instance_root=PurePosixPath(watched.root),
        ca_file="/ca.pem",
    )
    watched.with_watchdog(watchdog_command(settings))
    watched.supervisor.ensure_running()
    watched.wait(lambda: watched.states("watchdog") == {"watchdog": "RUNNING"})
    assert watched.pids("watchdog")["watchdog"] != first
    assert before == watched.pids(ONE)
    assert "--master-ca-file /ca.pem" in (watched.root / "etc/supervisord.conf").read_text()
