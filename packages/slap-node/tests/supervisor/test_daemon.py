import os
import signal
import subprocess
import threading
from pathlib import Path

import psutil
import pytest

from slap_domain.errors import HostFailure
from slap_domain.planning.node.supervision import GroupDifferences
from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.rpc import SupervisorFault, SupervisorRpc, SupervisorSlow
from slap_node.supervisor.survivors import Survivor, end_deaf_daemon, end_survivors, find_survivors


class ScriptedRpc:
    """Answers calls as it is told; what is not told succeeds."""

    def __init__(self, **answers):
        self.answers = {method: list(values) for method, values in answers.items()}
        self.calls = []

    def call(self, method, *arguments, timeout=None):
        self.calls.append((method, *arguments))
        answer = self.answers[method].pop(0) if self.answers.get(method) else True
        if isinstance(answer, Exception):
            raise answer
        return answer


class ScriptedDaemon(SupervisorDaemon):
    def __init__(self, root, scripted):
        super().__init__(SupervisorLayout(instance_root=root), ("watchdog",))
        self.scripted = scripted

    @property
    def rpc(self):
        return self.scripted


def _fault(code):
    return SupervisorFault(code, f"fault {code}")


def _pid(node):
    return int((node.root / "var/run/supervisord.pid").read_text())


def test_a_group_that_still_runs_is_stopped_again(tmp_path):
    rpc = ScriptedRpc(removeProcessGroup=[_fault(91), True])
    ScriptedDaemon(tmp_path, rpc).apply(GroupDifferences(removed=("a",)))
    methods = [method for method, *_ in rpc.calls]
    assert methods == ["stopProcessGroup", "removeProcessGroup", "stopProcessGroup", "removeProcessGroup"]


def test_a_group_that_is_gone_already_is_fine_and_other_faults_are_not(tmp_path):
    gone = ScriptedRpc(stopProcessGroup=[_fault(10)], removeProcessGroup=[_fault(10)])
    ScriptedDaemon(tmp_path, gone).apply(GroupDifferences(removed=("a",)))
    added = ScriptedRpc(addProcessGroup=[_fault(90)])
    ScriptedDaemon(tmp_path, added).apply(GroupDifferences(added=("a",)))
    for method in ("stopProcessGroup", "removeProcessGroup"):
        with pytest.raises(HostFailure, match="fault 2"):
            ScriptedDaemon(tmp_path, ScriptedRpc(**{method: [_fault(2)]})).apply(
                GroupDifferences(removed=("a",))
            )


@pytest.mark.parametrize("method", ["getState", "shutdown"])
def test_a_fault_of_the_daemon_itself_is_told(tmp_path, method):
    daemon = ScriptedDaemon(tmp_path, ScriptedRpc(**{method: [_fault(1)]}))
    with pytest.raises(HostFailure, match="fault 1"):
        daemon.is_running() if method == "getState" else daemon.shut_down()


def test_a_slow_daemon_is_not_taken_for_dead(tmp_path):
    daemon = ScriptedDaemon(tmp_path, ScriptedRpc(getState=[SupervisorSlow("slow")]))
    with pytest.raises(HostFailure, match="slow"):
        daemon.ensure()


def test_a_daemon_that_hangs_is_slow(node):
    node.supervisor.ensure_running()
    pid = _pid(node)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(SupervisorSlow, match="in time"):
            SupervisorRpc(node.root / "sv.sock", timeout=0.2).call("getState")
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_malformed_group_file_of_others_keeps_the_daemon_from_starting(node):
    (node.root / "etc/supervisord.conf.d").mkdir(parents=True)
    (node.root / "etc/supervisord.conf.d/hand-made.conf").write_text("[program:x]\n")
    with pytest.raises(HostFailure, match=r"does not start: .*program:x"):
        node.supervisor.ensure_running()


def test_a_lock_that_cannot_be_taken_is_told(node):
    (node.root / "var/run/supervisord.lock").mkdir(parents=True)
    with pytest.raises(HostFailure, match="cannot open"):
        node.supervisor.ensure_running()


def test_two_commands_start_one_daemon(node):
    threads = [threading.Thread(target=node.supervisor.ensure_running) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    configuration = str(node.root / "etc/supervisord.conf")
    daemons = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if configuration in (process.info["cmdline"] or ())
    ]
    assert daemons == [_pid(node)]


def test_a_daemon_that_ends_is_awaited_and_replaced(node):
    text = "#!/bin/sh\ntrap 'sleep 1; exit' TERM\nwhile :; do sleep .05; done\n"
    node.script("slappart0", "etc/service/a", text)
    node.supervisor.ensure_running()
    first = _pid(node)
    from slap_domain.model.partition import Program  # noqa: PLC0415

    place = node.place("slappart0")
    command = place.path / "etc/service/a"
    node.supervisor.deploy(place, (Program(name="a", command=command, watched=True),))
    node.supervisor.start(place.id)
    node.settle()
    node.supervisor._daemon.rpc.call("shutdown")
    assert not node.supervisor._daemon.is_running()
    node.supervisor.ensure_running()
    assert _pid(node) != first
    assert node.states("slappart0") == {"a-on-watch": "STOPPED"}


def test_an_ending_daemon_may_be_told_so_again(node):
    node.supervisor.ensure_running()
    node.supervisor._daemon.rpc.call("shutdown")
    node.supervisor.shut_down()
    node.supervisor.shut_down()
    assert not (node.root / "var/run/supervisord.pid").exists()


def test_a_daemon_whose_socket_was_removed_is_replaced(node):
    node.supervisor.ensure_running()
    first = _pid(node)
    (node.root / "sv.sock").unlink()
    node.supervisor.ensure_running()
    assert _pid(node) != first
    assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE


def test_beside_an_old_socket_there_is_no_second_daemon(node):
    node.supervisor.ensure_running()
    first = _pid(node)
    (node.root / "supervisord.socket").touch()
    node.supervisor.ensure_running()
    assert _pid(node) != first
    assert not (node.root / "sv.sock").exists()
    assert SupervisorRpc(node.root / "supervisord.socket").call("getState")["statename"] == "RUNNING"


def test_a_watchdog_that_was_removed_comes_back(node):
    node.with_watchdog(("/bin/sleep", "1000"))
    node.supervisor.ensure_running()
    rpc = node.supervisor._daemon.rpc
    rpc.call("stopProcessGroup", "watchdog")
    rpc.call("removeProcessGroup", "watchdog")
    assert node.supervisor.programs() == ()
    node.supervisor.ensure_running()
    assert set(node.states("watchdog")) == {"watchdog"}
    faulty = ScriptedDaemon(node.root, ScriptedRpc(getProcessInfo=[_fault(1)]))
    with pytest.raises(HostFailure, match="fault 1"):
        faulty._watchdog_lives()


def test_what_ran_before_and_is_no_longer_known_stays_ended(tmp_path):
    ScriptedDaemon(tmp_path, ScriptedRpc(startProcess=[_fault(10)]))._start_again("a:b")
    with pytest.raises(HostFailure):
        ScriptedDaemon(tmp_path, ScriptedRpc(startProcess=[_fault(1)]))._start_again("a:b")


def test_a_log_that_is_missing_is_no_other_failure(tmp_path):
    assert ScriptedDaemon(tmp_path, ScriptedRpc())._log_tail().startswith("no log")


def _survivor(socket, command):
    variables = {"SUPERVISOR_SERVER_URL": f"unix://{socket}", "SUPERVISOR_GROUP_NAME": "g"}
    return subprocess.Popen(command, env={**os.environ, **variables, "SUPERVISOR_PROCESS_NAME": "p"})


def test_survivors_that_do_not_listen_are_killed(node):
    socket = node.root / "s"
    deaf = "trap '' TERM; echo; while :; do sleep 0.05; done"
    with _survivor(socket, ["/bin/sh", "-c", deaf]) as process:
        node.wait(lambda: find_survivors(socket, lambda _: True))
        (found,) = {s for s in find_survivors(socket, lambda group: group == "g") if s.pid == process.pid}
        assert found == Survivor(pid=process.pid, group="g", program="p")
        assert find_survivors(socket, lambda group: group == "other") == ()
        end_survivors((found, Survivor(pid=found.pid, group="x", program="p")), socket, patience=0.3)
        try:
            assert process.wait(10) == -signal.SIGKILL
        finally:
            process.kill()
    end_survivors((found,), socket)


def test_a_pid_file_that_names_another_process_kills_nobody(tmp_path):
    with subprocess.Popen(["/bin/sleep", "1000"]) as process:
        pid_file = tmp_path / "pid"
        pid_file.write_text(str(process.pid))
        end_deaf_daemon(pid_file, Path("/etc/supervisord.conf"))
        assert process.poll() is None
        process.kill()
    for text in ("x", "999999999"):
        pid_file.write_text(text)
        end_deaf_daemon(pid_file, Path("/etc/supervisord.conf"))
    end_deaf_daemon(tmp_path / "none", Path("/etc/supervisord.conf"))
