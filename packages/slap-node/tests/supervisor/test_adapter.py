import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import psutil
import pytest

from slap_domain.errors import AlreadyRunning, DeploymentFailed, HostFailure
from slap_domain.model.partition import Account, Program
from slap_domain.model.references import PartitionId
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.testing.process_supervisor import ProcessSupervisorContract
from slap_node.supervisor.adapter import SupervisordSupervisor, identity_of
from slap_node.supervisor.rendering import Identity, ProgramText
from slap_node.supervisor.supervisor_settings import SupervisorSettings

NOBODY = Account(name="nobody", uid=65534, gid=65534, home=PurePosixPath("/nonexistent"))
ONE = PartitionId("slappart0")


def _programs(node, partition, *names):
    return tuple(
        Program(
            name=name.rpartition("/")[2],
            command=PurePosixPath(node.root / partition / "etc" / name),
            watched=name.startswith("service/"),
        )
        for name in names
    )


def _deploy(node, *names, partition="slappart0", account=None):
    for name in names:
        if not (node.root / partition / "etc" / name).exists():
            node.script(partition, f"etc/{name}")
    node.supervisor.deploy(node.place(partition, account), _programs(node, partition, *names))


class TestContract(ProcessSupervisorContract):
    @pytest.fixture(autouse=True)
    def _node(self, node):
        self.node = node

    def make_supervisor(self) -> ProcessSupervisor:
        return self.node.supervisor

    def make_place(self, name):
        self.node.script(name, "etc/run/task")
        self.node.script(name, "etc/service/server")
        return self.node.place(name)

    def settle(self):
        self.node.settle()

    def shut_down(self):
        self.node.supervisor.shut_down()

    def stop_program(self, partition, process_name):
        self.node.supervisor._daemon.rpc.call("stopProcess", f"{partition}:{process_name}")


def test_another_supervisor_object_finds_everything_as_it_is(node):
    node.supervisor.ensure_running()
    _deploy(node, "run/a", "service/b")
    node.supervisor.start(ONE)
    before = node.pids(ONE)
    node.supervisor = SupervisordSupervisor(SupervisorSettings(instance_root=node.root))
    node.supervisor.ensure_running()
    _deploy(node, "run/a", "service/b")
    node.supervisor.start(ONE)
    assert before == node.pids(ONE)


def test_a_program_added_leaves_other_partitions_alone(node):
    node.supervisor.ensure_running()
    for partition in ("slappart0", "slappart1"):
        _deploy(node, "service/a", partition=partition)
        node.supervisor.start(PartitionId(partition))
    before = node.pids("slappart1")
    _deploy(node, "service/a", "service/b")
    node.supervisor.start(ONE)
    assert set(node.states(ONE)) == {"a-on-watch", "b-on-watch"}
    assert before == node.pids("slappart1")


def test_a_program_that_ended_is_started_again(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a", "service/b")
    node.supervisor.start(ONE)
    before = node.pids(ONE)
    os.kill(before["a-on-watch"], signal.SIGKILL)
    node.wait(lambda: node.states(ONE)["a-on-watch"] == "EXITED")
    node.supervisor.start(ONE)
    after = node.pids(ONE)
    assert after["b-on-watch"] == before["b-on-watch"]
    assert after["a-on-watch"] not in {0, before["a-on-watch"]}


def test_what_an_interrupted_run_wrote_is_applied_by_the_next(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a")
    conf = node.root / "etc/supervisord.conf.d/slappart0.conf"
    changed = conf.read_text().replace("a-on-watch", "renamed-on-watch")
    # As if the node had been killed between writing and reloading.
    conf.write_text(changed)
    (node.root / "var/run/supervisord.pending/slappart0").touch()
    node.supervisor = SupervisordSupervisor(SupervisorSettings(instance_root=node.root))
    node.supervisor.ensure_running()
    assert set(node.states(ONE)) == {"renamed-on-watch"}
    assert list((node.root / "var/run/supervisord.pending").iterdir()) == []


def test_a_daemon_that_was_killed_is_replaced_and_runs_what_ran(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a", "service/b")
    node.supervisor.start(ONE)
    before = node.pids(ONE)
    os.kill(before["b-on-watch"], signal.SIGKILL)
    node.wait(lambda: node.states(ONE)["b-on-watch"] == "EXITED")
    daemon = int((node.root / "var/run/supervisord.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    node.wait(lambda: not psutil.pid_exists(daemon) or psutil.Process(daemon).status() == "zombie")
    assert psutil.pid_exists(before["a-on-watch"])
    node.supervisor.ensure_running()
    assert node.states(ONE) == {"a-on-watch": "RUNNING", "b-on-watch": "STOPPED"}
    assert not _alive(before["a-on-watch"])


def test_whoever_launches_the_daemon_the_next_pass_finds_what_to_resume(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a")
    _deploy(node, "service/a", partition="slappart1")
    for partition in ("slappart0", "slappart1"):
        node.supervisor.start(PartitionId(partition))
    node.settle()
    node.supervisor.shut_down()
    command = node.supervisor.foreground_command()
    with subprocess.Popen(command, env={}, stdout=subprocess.DEVNULL) as process:
        try:
            node.wait(node.supervisor._daemon.is_running)
            node.supervisor._daemon.rpc.call("startProcess", "slappart1:a-on-watch")
            node.settle()
            node.supervisor._daemon.rpc.call("stopProcess", "slappart1:a-on-watch")
            node.supervisor.ensure_running()
            assert node.supervisor.resume(ONE)
            assert not node.supervisor.resume(PartitionId("slappart1"))
            node.settle()
            assert node.states(ONE) == {"a-on-watch": "RUNNING"}
            assert node.states("slappart1") == {"a-on-watch": "STOPPED"}
        finally:
            process.terminate()


def test_what_cannot_be_remembered_is_asked_again(node):
    node.supervisor.ensure_running()
    mark = node.root / "var/run/supervisord.resumed"
    mark.unlink()
    mark.mkdir()  # as if it could not be written
    _deploy(node, "service/a")
    node.supervisor.start(ONE)
    node.supervisor.ensure_running()
    assert not node.supervisor.resume(ONE)


def test_a_daemon_killed_in_the_middle_of_a_run_is_started_again(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a")
    os.kill(int((node.root / "var/run/supervisord.pid").read_text()), signal.SIGKILL)
    _deploy(node, "service/a", "service/b")
    node.supervisor.start(ONE)
    assert node.states(ONE) == {"a-on-watch": "RUNNING", "b-on-watch": "RUNNING"}


def test_a_daemon_nobody_started_is_not_started_by_a_question(node):
    with pytest.raises(HostFailure, match="does not answer") as raised:
        node.supervisor.programs()
    assert "slapos node supervisord" in raised.value.hint


def test_what_forked_away_ends_with_its_partition(node):
    pid_file = node.root / "pid"
    node.script("slappart0", "etc/service/fork", f"#!/bin/sh\nsetsid sleep 1000 &\necho $! > {pid_file}\n")
    node.supervisor.ensure_running()
    _deploy(node, "service/fork")
    _deploy(node, "service/other", partition="slappart0-b")
    node.supervisor.start(ONE)
    node.supervisor.start(PartitionId("slappart0-b"))
    node.wait(lambda: node.states(ONE)["fork-on-watch"] == "EXITED" and pid_file.read_text().strip())
    escaped = int(pid_file.read_text())
    assert _alive(escaped)
    node.supervisor.stop(ONE)
    assert not _alive(escaped)
    assert node.states("slappart0-b") == {"other-on-watch": "RUNNING"}


def test_partitions_are_deployed_at_once(node):
    node.supervisor.ensure_running()
    names = [f"slappart{number}" for number in range(12)]
    ready = threading.Barrier(4)

    def deploy(name):
        ready.wait()
        _deploy(node, "service/a", partition=name)
        node.supervisor.start(PartitionId(name))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deploy, names))
    assert {name: node.states(name) for name in names} == {name: {"a-on-watch": "RUNNING"} for name in names}


def test_a_program_that_cannot_start_is_named(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a")
    (node.root / "slappart0/etc/service/a").unlink()
    with pytest.raises(DeploymentFailed, match="slappart0:a-on-watch"):
        node.supervisor.start(ONE)


def test_an_extension_has_a_group_of_its_own(node):
    settings = SupervisorSettings(instance_root=node.root, extension_suffixes=frozenset({"socat"}))
    node.supervisor = SupervisordSupervisor(settings)
    node.supervisor.ensure_running()
    place = node.place("slappart0")
    identity = Identity(name="x", uid=0, gid=0, home="/", switch=False)
    program = ProgramText(
        id="slappart0_socat-tcp-80",
        process_name="socat-tcp-80",
        command=("/bin/sleep", "1000"),
        directory=PurePosixPath(place.path),
        log=place.path / ".socat.log",
        identity=identity,
    )
    node.supervisor.deploy_extension(place, "socat", (program,))
    before = node.pids("slappart0-socat")
    _deploy(node, "service/a")
    node.supervisor.deploy_extension(place, "socat", (program,))
    assert before == node.pids("slappart0-socat")
    assert before["socat-tcp-80"] > 0
    # A node without that extension does not keep its group.
    node.supervisor = SupervisordSupervisor(SupervisorSettings(instance_root=node.root))
    node.supervisor.deploy(place, _programs(node, "slappart0", "service/a"))
    assert node.states("slappart0-socat") == {}


def test_a_lasting_group_survives_its_partition_while_it_runs(node):
    node.supervisor.ensure_running()
    flag = node.root / "go"
    script = node.script(ONE, "etc/prerm/clean", f"#!/bin/sh\nwhile [ ! -e {flag} ]; do sleep .05; done\n")
    program = ProgramText(
        id="slappart0_clean",
        process_name="clean",
        command=(str(script),),
        directory=PurePosixPath(node.root),
        log=PurePosixPath(node.root / ".clean.log"),
        identity=Identity(name="x", uid=0, gid=0, home="/", switch=False),
    )
    _deploy(node, "service/a")
    node.supervisor.start(ONE)
    node.supervisor.deploy_extension(node.place(ONE), "prerm", (program,))
    before = node.pids("slappart0-prerm")
    node.settle()
    node.supervisor.stop(ONE)
    assert node.states(ONE) == {}
    assert node.pids("slappart0-prerm") == before
    flag.touch()
    node.wait(lambda: node.states("slappart0-prerm") == {"clean": "EXITED"})
    node.supervisor.stop(ONE)
    assert node.supervisor.programs() == ()


def test_a_daemon_of_the_node_runs_by_itself(node):
    node.supervisor.ensure_running()
    program = ProgramText(
        id="firewall",
        process_name="firewall",
        command=("/bin/sleep", "1000"),
        directory=PurePosixPath("/"),
        log=PurePosixPath(node.root / "firewall.log"),
        identity=Identity(name="x", uid=0, gid=0, home="/", switch=False),
        autostart=True,
        autorestart=True,
        extra={"priority": "5"},
    )
    node.supervisor.deploy_daemon("firewall", program)
    node.wait(lambda: node.states("firewall") == {"firewall": "RUNNING"})
    before = node.pids("firewall")
    node.supervisor.deploy_daemon("firewall", program)
    assert node.pids("firewall") == before
    node.settle()
    node.supervisor.deploy_daemon("firewall", None)
    node.supervisor.deploy_daemon("firewall", None)
    assert node.supervisor.programs() == ()


def test_the_daemon_may_be_run_in_the_foreground(node):
    command = node.supervisor.foreground_command()
    with subprocess.Popen(command, env={}, stdout=subprocess.DEVNULL) as process:
        node.wait(node.supervisor._daemon.is_running)
        with pytest.raises(AlreadyRunning):
            node.supervisor.foreground_command()
        node.supervisor.ensure_running()
        assert int((node.root / "var/run/supervisord.pid").read_text()) == process.pid
        node.supervisor.shut_down()
        assert process.wait(30) == 0


def test_an_extension_without_programs_has_no_group(node):
    node.supervisor.ensure_running()
    node.supervisor.deploy_extension(node.place("slappart0"), "socat", ())
    assert node.supervisor.programs() == ()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_programs_of_an_account_run_as_it_with_its_environment_alone(node):
    output = node.root / "slappart0" / "out"
    node.script("slappart0", "etc/run/who", f"#!/bin/sh\n{{ id -u; id -g; env; }} > {output}\n")
    node.place("slappart0")
    os.chown(node.root / "slappart0", NOBODY.uid, NOBODY.gid)
    node.supervisor.ensure_running()
    _deploy(node, "run/who", account=NOBODY)
    node.supervisor.start(ONE)
    node.wait(lambda: node.states(ONE) == {"who": "EXITED"})
    uid, gid, *variables = output.read_text().splitlines()
    assert (uid, gid) == ("65534", "65534")
    names = {line.partition("=")[0] for line in variables if not line.startswith("SUPERVISOR_")}
    assert names - {"_", "PWD", "SHLVL", "OLDPWD", "LC_CTYPE"} == {"USER", "LOGNAME", "HOME"}
    assert "HOME=/nonexistent" in variables


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_fault_that_says_nothing_about_the_group_is_told(node):
    node.supervisor.ensure_running()
    _deploy(node, "service/a")
    node.supervisor._daemon.rpc.call("shutdown")
    with pytest.raises(HostFailure, match=r"SHUTDOWN_STATE|does not answer"):
        SupervisordSupervisor(SupervisorSettings(instance_root=node.root)).start(ONE)


def test_a_daemon_that_may_not_be_started_must_run(node):
    others = SupervisordSupervisor(SupervisorSettings(instance_root=node.root, launches=False))
    with pytest.raises(HostFailure, match="forbid_supervisord_automatic_launch"):
        others.ensure_running()
    node.supervisor.ensure_running()
    others.ensure_running()
    assert others.programs() == ()


def test_a_user_the_machine_does_not_know_is_not_named(node, monkeypatch):
    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.setattr("slap_node.supervisor.adapter.pwd.getpwuid", unknown)
    place = node.place("slappart0")
    identity = identity_of(place)
    assert (identity.name, identity.home, identity.switch) == (str(os.geteuid()), str(place.path), False)
