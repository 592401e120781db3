"""What a pass asks a supervisor that is well, and that it is looked after when something is not."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Program
from slap_domain.model.references import PartitionId
from slap_node.supervisor import resumption
from slap_node.supervisor.deferred_supervisor import DeferredSupervisor
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.main_configuration import main_text
from slap_node.supervisor.supervisor_settings import SupervisorSettings

LISTENER = (sys.executable, "-c", "import sys; print('READY', flush=True); sys.stdin.read()")


class Daemon:
    """Answers, on the socket of a supervisor, in which state its watchdog is, and faults to all else."""

    def __init__(self, path: Path) -> None:
        self.state = "RUNNING"
        self.asked: list[str] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def end(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            with peer:
                method = peer.recv(10_000).partition(b"supervisor.")[2].partition(b"<")[0].decode()
                self.asked.append(method)
                peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + self._answer(method).encode())

    def _answer(self, method: str) -> str:
        if method == "getProcessInfo":
            struct = _struct({"statename": f"<string>{self.state}</string>"})
            return f"<methodResponse><params><param><value>{struct}</value></param></params></methodResponse>"
        fault = _struct({"faultCode": "<int>1</int>", "faultString": "<string>no</string>"})
        return f"<methodResponse><fault><value>{fault}</value></fault></methodResponse>"


def _struct(members: dict[str, str]) -> str:
    inner = "".join(
        f"<member><name>{name}</name><value>{value}</value></member>" for name, value in members.items()
    )
    return f"<struct>{inner}</struct>"


@pytest.fixture
def layout(node) -> SupervisorLayout:
    made = SupervisorLayout(instance_root=node.root)
    made.prepare()
    made.configuration.write_text(main_text(made, LISTENER))
    made.configuration.chmod(0o600)
    made.pending.mkdir()
    return made


@pytest.fixture
def daemon(layout) -> Iterator[Daemon]:
    running = Daemon(layout.socket)
    layout.pid_file.write_text("1\n")
    layout.resumed.write_text(resumption.daemon_mark(layout))
    yield running
    running.end()
    layout.socket.unlink()


@pytest.fixture
def supervisor(layout) -> DeferredSupervisor:
    return DeferredSupervisor(
        SupervisorSettings(instance_root=layout.instance_root, watchdog=LISTENER, launches=False)
    )


def test_a_supervisor_that_is_well_is_asked_one_question(supervisor, daemon):
    supervisor.ensure_running()
    supervisor.ensure_running()
    assert daemon.asked == ["getProcessInfo"]


def _other_text(layout):
    layout.configuration.write_text("[supervisord]\n")


def _other_mode(layout):
    layout.configuration.chmod(0o644)


def _pending(layout):
    (layout.pending / "slappart0").touch()


def _launched_anew(layout):
    layout.pid_file.unlink()
    layout.pid_file.write_text("1\n")


def _missing(layout):
    (layout.instance_root / "var/log").rmdir()


@pytest.mark.parametrize("harm", [_other_text, _other_mode, _pending, _launched_anew, _missing])
def test_what_is_not_right_is_looked_after(supervisor, daemon, layout, harm):
    harm(layout)
    with pytest.raises(HostFailure):  # as the daemon here answers no more than one question
        supervisor.ensure_running()
    assert "getState" in daemon.asked


def test_a_watchdog_that_has_ended_is_looked_after(supervisor, daemon):
    daemon.state = "FATAL"
    with pytest.raises(HostFailure):
        supervisor.ensure_running()
    assert daemon.asked[:2] == ["getProcessInfo", "getState"]


def test_one_that_does_not_run_and_may_not_be_launched_is_told(supervisor):
    with pytest.raises(HostFailure, match="does not run"):
        supervisor.ensure_running()


def test_groups_are_known_by_their_files(supervisor, layout):
    assert not supervisor.has_groups(["dbus", "firewall"])
    layout.group_file("firewall").touch()
    assert supervisor.has_groups(["dbus", "firewall"])


def test_what_has_to_be_changed_is_changed_by_the_one_that_runs(node):
    settings = SupervisorSettings(instance_root=node.root, watchdog=LISTENER)
    partition = PartitionId("slappart0")
    program = Program(name="a", command=node.script(partition, "etc/run/a"), watched=False)
    DeferredSupervisor(settings).ensure_running()
    node.wait(lambda: node.states("watchdog")["watchdog"] == "RUNNING")
    before = node.pids("watchdog")
    supervisor = DeferredSupervisor(settings)
    supervisor.ensure_running()
    supervisor.deploy(node.place(partition), (program,))
    supervisor.start(partition)
    assert {running.group for running in supervisor.programs()} == {"watchdog", partition}
    supervisor.stop(partition)
    assert node.pids("watchdog") == before


def test_what_ran_before_a_shutdown_is_resumed_once(node):
    settings = SupervisorSettings(instance_root=node.root, watchdog=LISTENER)
    partition = PartitionId("slappart0")
    program = Program(name="a", command=node.script(partition, "etc/run/a"), watched=False)

    def passed() -> tuple[bool, bool]:
        supervisor = DeferredSupervisor(settings)
        supervisor.ensure_running()
        return supervisor.resume(partition), supervisor._found_well

    node.supervisor.ensure_running()
    node.supervisor.deploy(node.place(partition), (program,))
    node.supervisor.start(partition)
    node.settle()
    node.supervisor.shut_down()
    assert [passed() for _ in range(3)] == [(True, False), (False, False), (False, True)]
    node.wait(lambda: node.states(partition) == {"a": "RUNNING"})
