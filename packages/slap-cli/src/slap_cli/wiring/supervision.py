"""Puts together what the commands about processes need: the supervisor of this computer.

It is one object; a container would only make `node status` slower.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slap_cli.configuration import node_configuration
from slap_cli.exit_status import UsageError
from slap_cli.node.process_names import wanted_processes
from slap_cli.node.root_check import require_root
from slap_cli.terminal import Terminal
from slap_domain.errors import SlapError
from slap_node.managers.chain import manager_suffixes
from slap_node.settings import NodeSettings, node_settings
from slap_node.supervisor.deferred_supervisor import DeferredSupervisor
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.supervisor_settings import SupervisorSettings
from slap_node.supervisor.watchdog_command import WatchdogSettings, watchdog_command

if TYPE_CHECKING:
    from slap_node.supervisor.adapter import SupervisordSupervisor


# What supervisorctl calls the two outputs of a process.
_CHANNELS = ("stdout", "stderr")
_TAIL = 1600  # bytes


def settings_of(options: Namespace, terminal: Terminal, command: str) -> NodeSettings:
    """Return the settings of this node, for a command that needs root unless they say otherwise.

    Raises:
        ConfigurationError: they are missing or wrong.
        UsageError: the command needs root.
    """
    settings = node_settings(node_configuration(options.cfg, terminal))
    require_root(command, check=settings.root_check)
    return settings


def supervisor_of(settings: NodeSettings) -> "SupervisordSupervisor":
    """Return the supervisor of a node, with the watchdog that tells the master of services that end."""
    from slap_node.supervisor.adapter import SupervisordSupervisor

    return SupervisordSupervisor(_supervisor_settings(settings))


def deferred_supervisor_of(settings: NodeSettings) -> DeferredSupervisor:
    """Return the same for a pass, which mostly finds that nothing has to be changed."""
    return DeferredSupervisor(_supervisor_settings(settings))


def _supervisor_settings(settings: NodeSettings) -> SupervisorSettings:
    watchdog = WatchdogSettings(
        master_url=settings.master_url,
        computer=settings.computer,
        instance_root=settings.instance_root,
        certificate_repository=settings.certificate_repository,
        ca_file=settings.master_ca_file,
    )
    return SupervisorSettings(
        instance_root=Path(settings.instance_root),
        watchdog=watchdog_command(watchdog),
        extension_suffixes=manager_suffixes(settings),
        launches=settings.launches_supervisor,
    )


def supervisorctl(words: Sequence[str], options: Namespace, terminal: Terminal) -> int:
    """Become supervisorctl, talking to the supervisor of this computer, which is launched unless it runs.

    Raises:
        SlapError: the configuration is wrong, or the supervisor does not start, or may not be started.
    """
    settings = settings_of(options, terminal, "node supervisorctl")
    supervisor_of(settings).ensure_running()
    configuration = SupervisorLayout(instance_root=Path(settings.instance_root)).configuration
    sys.stdout.flush()
    sys.stderr.flush()
    program = "slap_node.supervisor.supervisor_console"
    command = [sys.executable, "-I", "-B", "-m", program, "-c", str(configuration), *words]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is involved


def tail(words: Sequence[str], options: Namespace, terminal: Terminal) -> int:
    """Show the last output of a process, or of each process of an instance or of the computer.

    Raises:
        SlapError: the configuration is wrong, the supervisor does not start, there is no such process, or
            several shall be followed.
    """
    channels = [word for word in words if word in _CHANNELS]
    named = [word for word in words if word not in _CHANNELS]
    is_one = len(named) == 1 and not named[0].endswith(":")
    if is_one and options.follow:
        return supervisorctl(["tail", "-f", *named, *channels], options, terminal)
    settings = settings_of(options, terminal, "node tail")
    supervisor = supervisor_of(settings)
    supervisor.ensure_running()
    files = supervisor.output_files(channels[-1] if channels else _CHANNELS[0])
    wanted = wanted_processes(named, tuple(files))
    if options.follow:
        raise UsageError("only one process can be followed", hint=f"it is one of {', '.join(wanted)}")
    for process in wanted:
        if not is_one:
            terminal.say(f"==> {process} <==")
        terminal.write(_end_of(files[process]))
    return 0


def _end_of(path: Path) -> str:
    """Return the last whole lines of a file, as many as supervisorctl shows; nothing when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    whole = text if size <= _TAIL else text.partition("\n")[2]
    return whole if not whole or whole.endswith("\n") else whole + "\n"


def launch_supervisord(options: Namespace, terminal: Terminal) -> int:
    """Launch the supervisor daemon unless it runs; with --nodaemon become it.

    Raises:
        SlapError: the configuration is wrong, or it does not start.
    """
    settings = settings_of(options, terminal, "node supervisord")
    # Whoever asks for it wants it, whatever the configuration says of other commands.
    supervisor = supervisor_of(replace(settings, launches_supervisor=True))
    if options.nodaemon:
        command = supervisor.foreground_command()
        os.execve(command[0], command, {})  # noqa: S606 - no shell is involved
    supervisor.ensure_running()
    return 0


def process_names(terminal: Terminal) -> list[str]:
    """Return the names of all processes, for shells to complete; none where there is no supervisor."""
    try:
        settings = node_settings(node_configuration(None, terminal))
        programs = supervisor_of(settings).programs()
    except SlapError:
        return []
    return [f"{program.group}:{program.name}" for program in programs]
