"""Who listens where the master of a machine shall: told by real sockets."""

import os
import socket

import pytest

from slap_domain.errors import HostFailure
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.host.configure_local import Listener
from slap_node.registration.listener import listener_at


class Supervisor:
    """A supervisor that runs one program called slapproxy, or does not run at all."""

    def __init__(self, pid=None):
        self._pid = pid

    def programs(self):
        if self._pid is None:
            raise HostFailure("the supervisor does not run")
        return (RunningProgram(group="slapproxy", name="slapproxy", state="RUNNING", pid=self._pid),)


@pytest.fixture
def taken():
    """Return a port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert listener_at("127.0.0.1", port, Supervisor()) is Listener.NOBODY


def test_the_process_of_the_supervised_master_is_ours(taken):
    assert listener_at("127.0.0.1", taken, Supervisor(os.getpid())) is Listener.OURS


@pytest.mark.parametrize(
    "pid", [None, 0, 1, 2**22 + 1], ids=["no supervisor", "not started", "other", "gone"]
)
def test_everybody_else_is_another_program(taken, pid):
    assert listener_at("127.0.0.1", taken, Supervisor(pid)) is Listener.FOREIGN


@pytest.mark.parametrize("ip", ["203.0.113.7", "no address"])
def test_an_address_of_another_machine_is_refused(ip):
    with pytest.raises(HostFailure, match="cannot listen on") as raised:
        listener_at(ip, 8080, Supervisor())
    assert "--daemon-listen-ip" in raised.value.hint
