"""The daemons of a firewall, which the supervisor runs where section [firewall] names them.

Apart from the rules of the firewall, since every pass looks after the daemons and few have rules.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slap_node.supervisor.adapter import SupervisordSupervisor

# The keys that name a daemon and its log, and its priority.
FIREWALL_DAEMONS: Mapping[str, tuple[str, str, int]] = {
    "dbus": ("dbus_executable", "dbus_log_file", 1),
    "firewall": ("firewall_executable", "log_file", 5),
}


def deploy_firewall_daemons(
    daemons: Mapping[str, tuple[str, str]], supervisor: "SupervisordSupervisor"
) -> None:
    """Let the supervisor run the firewall's daemons, and no others.

    Args:
        daemons: command line and log of each, by name; a log that is empty is thrown away.
        supervisor: of the node.

    Raises:
        HostFailure: the supervisor does not do it.
    """
    # Costly, and hardly any node has such daemons.
    import shlex  # noqa: PLC0415
    from pathlib import PurePosixPath  # noqa: PLC0415

    from slap_node.supervisor.rendering import Identity, ProgramText  # noqa: PLC0415

    root = Identity(name="root", uid=0, gid=0, home="/", switch=False)
    for name, (_, _, priority) in FIREWALL_DAEMONS.items():
        program = None
        if name in daemons:
            command, log = daemons[name]
            program = ProgramText(
                id=name,
                process_name=name,
                command=tuple(shlex.split(command)),
                directory=PurePosixPath("/"),
                log=PurePosixPath(log or "/dev/null"),
                identity=root,
                autostart=True,
                autorestart=True,
                extra={"priority": str(priority)},
            )
        supervisor.deploy_daemon(name, program)
