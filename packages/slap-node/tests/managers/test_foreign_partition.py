"""What a manager that a third party wrote may do with a partition is what the existing node lets it do."""

import os
import socketserver
import threading
from pathlib import Path
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

import pytest

from slap_node.managers.foreign_partition import ForeignPartition

SERVICE = {"etc/service/web": "#!/bin/sh\n", "etc/run/once": "#!/bin/sh\n"}


@pytest.fixture
def foreign(context, partition, tmp_path):
    """Return a function that makes what a hook is given."""
    options = {
        "computer_id": "COMP-1",
        "master_url": "http://127.0.0.1:1",
        "software_root": str(tmp_path / "software"),
        "instance_root": str(tmp_path),
        "shared_part_list": "/shared",
        "partition_timeout": "30",
    }

    def make(files=None, **instance):
        return ForeignPartition(context("any", options=options), partition(files, **instance))

    return make


def test_it_sees_where_everything_is(foreign, tmp_path):
    seen = foreign(filters={"retention_delay": "2"})
    path = tmp_path / "slappart0"
    assert {name: value for name, value in vars(seen).items() if not name.startswith("_")} == {
        "logger": seen.logger,
        "partition_id": "slappart0",
        "computer_id": "COMP-1",
        "server_url": "http://127.0.0.1:1",
        "instance_path": f"{path}",
        "run_path": f"{path}/etc/run",
        "service_path": f"{path}/etc/service",
        "prerm_path": f"{path}/etc/prerm",
        "firewall_rules_path": f"{path}/.slapos-firewalld-rules",
        "retention_lock_date_file_path": f"{path}/.slapos-retention-lock-date",
        "retention_lock_delay_file_path": f"{path}/.slapos-retention-lock-delay",
        "supervisord_socket": f"{tmp_path}/sv.sock",
        "supervisord_partition_configuration_dir": f"{tmp_path}/etc/supervisord.conf.d",
        "software_release_url": seen.software_release_url,
        "software_path": seen.software_path,
        "key_file": "",
        "cert_file": "",
        "retention_delay": 2.0,
        "shared_part_list": "/shared",
        "build_time_part_list": "",
        "instance_storage_home": "",
        "ipv4_global_network": "",
        "buildout_debug": False,
        "partition_timeout": 30.0,
    }
    assert seen.software_path.startswith(f"{tmp_path}/software/")


def test_programs_that_it_adds_are_told_to_supervisor(foreign, programs):
    one = foreign(SERVICE)
    one.addProgramToGroup("extra", "listener", "listens", "/bin/sleep '1 day'")
    one.addServicesToCustomGroup("own", ["web"], one.service_path, "-watched")
    assert programs.groups == {}
    one.updateSupervisor()
    assert one.getGroupIdFromSuffix("extra") in programs.groups
    (listener,) = programs.groups["slappart0-extra"]
    assert (listener.id, listener.process_name, listener.command) == (
        "slappart0-extra_listener",
        "listens",
        ("/bin/sleep", "1 day"),
    )
    assert str(listener.log) == f"{one.instance_path}/.slappart0-extra_listener.log"
    assert programs.commands("slappart0-own") == {"web-watched": (f"{one.service_path}/web",)}
    assert "slappart0" not in programs.groups


def test_programs_are_added_to_those_of_the_partition_itself(foreign, programs):
    one = foreign(SERVICE)
    one.addServicesToGroup(["guard"], "/usr/bin")
    one.writeSupervisorConfigurationFiles()
    assert [program.process_name for program in programs.groups["slappart0"]] == [
        "once",
        "web-on-watch",
        "guard",
    ]
    one.updateSupervisorConfiguration()
    assert set(one.supervisor_conf) == {"slappart0"}


def test_groups_that_it_forgets_are_taken_from_supervisor(foreign, programs):
    one = foreign()
    one.addProgramToGroup("extra", "a", "a", "/bin/a")
    one.updateSupervisor()
    one.updateSupervisorConfiguration()
    assert programs.groups == {"slappart0-extra": ()}


@pytest.mark.parametrize("as_user", [True, False])
def test_a_program_is_roots_only_where_that_is_wished(foreign, programs, nobody, as_user):
    one = foreign(account=nobody)
    one.addProgramToGroup("extra", "a", "a", "/bin/a", as_user=as_user)
    one.updateSupervisor()
    (program,) = programs.groups["slappart0-extra"]
    assert program.identity.uid == (0 if os.geteuid() == 0 and not as_user else nobody.uid)


def test_it_starts_and_stops_the_partition(foreign, programs):
    foreign().start()
    foreign().stop()
    assert programs.calls == ["start slappart0", "stop slappart0"]


def test_it_reads_how_long_files_are_kept(foreign, clock):
    assert foreign().getExistingRetentionLockDelay() == -1
    one = foreign({".slapos-retention-lock-delay": "2.5"})
    assert one.getExistingRetentionLockDelay() == 2.5
    assert one.getExistingRetentionLockDate() is None
    assert not one.checkRetentionIsAuthorized()
    past = clock.now().timestamp() - 1
    one = foreign({".slapos-retention-lock-date": str(past)})
    assert one.getExistingRetentionLockDate() == past
    assert one.checkRetentionIsAuthorized()


class _Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/RPC2",)
    disable_nagle_algorithm = False

    def address_string(self):
        return "local"

    def log_request(self, *_):
        pass


class _Server(socketserver.UnixStreamServer, SimpleXMLRPCDispatcher):
    logRequests = False  # noqa: N815 - the handler's word

    def __init__(self, path):
        SimpleXMLRPCDispatcher.__init__(self)
        super().__init__(path, _Handler)


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    states = [{"group": "slappart0-extra", "name": "listens", "statename": "RUNNING"}]
    with _Server("sv.sock") as server:
        server.register_function(lambda: states, "supervisor.getAllProcessInfo")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield states
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("supervisor")
def test_it_asks_supervisor(foreign):
    one = foreign()
    one.supervisord_socket = "sv.sock"
    assert one.checkProcessesFromStateList(["slappart0-extra:listens"], ["STARTING", "RUNNING"])
    assert not one.checkProcessesFromStateList(["slappart0-extra:listens"], ["EXITED"])
    assert not one.checkProcessesFromStateList(["slappart0:listens"], ["RUNNING"])
    with one.getSupervisorRPC() as rpc, pytest.raises(Fault):
        rpc.startProcessGroup("slappart0-extra", False)


def test_it_finds_the_files_of_its_groups(foreign):
    one = foreign()
    folder = Path(one.supervisord_partition_configuration_dir)
    folder.mkdir(parents=True)
    (folder / "slappart0-extra.conf").touch()
    one.addProgramToGroup("extra", "a", "a", "/bin/a")
    assert list(one.getSupervisorConfigurationFiles()) == [f"{folder}/slappart0-extra.conf"]
