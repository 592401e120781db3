"""The master that runs under the supervisor of this machine: whether there is one, and who listens for it."""

import contextlib
import errno
import socket
from pathlib import Path, PurePosixPath

import psutil

from slap_domain.errors import HostFailure
from slap_domain.ports.process_supervisor import ProcessSupervisor
from slap_domain.use_cases.host.configure_local import Listener
from slap_node.supervisor.layout import SupervisorLayout

_PROGRAM = "slapproxy"


def listener_at(ip: str, port: int, supervisor: ProcessSupervisor) -> Listener:
    """Tell who listens at an address: nobody, the master that a supervisor runs, or another program.

    Args:
        ip: an address of this machine.
        port: on it.
        supervisor: of this node; it need not run.

    Raises:
        HostFailure: nothing could listen there: the address is no one of this machine's, or forbidden.
    """
    if _is_free(ip, port):
        return Listener.NOBODY
    return Listener.OURS if any(port in _ports_of(pid) for pid in _masters(supervisor)) else Listener.FOREIGN


def runs_master(instance_root: PurePosixPath) -> bool:
    """Tell whether the supervisor of a node is configured to run a master too."""
    return (SupervisorLayout(instance_root=Path(instance_root)).groups / f"{_PROGRAM}.conf").exists()


def _is_free(ip: str, port: int) -> bool:
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as probe:
            # As the master itself does: a connection that was closed lately is no listener.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise HostFailure(
            f"the master cannot listen on {ip} port {port}: {error.strerror}",
            hint="choose another address with --daemon-listen-ip, another port with --daemon-listen-port",
        ) from error
    return True


def _masters(supervisor: ProcessSupervisor) -> list[int]:
    try:
        programs = supervisor.programs()
    except HostFailure:  # it does not run, and so neither does the master
        return []
    return [
        program.pid
        for program in programs
        if (program.group, program.name) == (_PROGRAM, _PROGRAM) and program.pid
    ]


def _ports_of(pid: int) -> set[int]:
    """Return the ports that a process listens on; one that ended meanwhile, or is another user's: none."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        connections = psutil.Process(pid).net_connections("tcp")
        return {item.laddr.port for item in connections if item.status == psutil.CONN_LISTEN}
    return set()
