"""The command by which supervisord runs the node's watchdog."""

import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.model.references import ComputerGuid

_SCRIPT = "slapos-watchdog"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogSettings:
    """Whom the watchdog tells, and about what.

    Attributes:
        certificate_repository: where the partitions' certificates are; None: they have none.
        ca_file: certificates by which the master is verified; empty for the system's.
    """

    master_url: str
    computer: ComputerGuid
    instance_root: PurePosixPath
    certificate_repository: PurePosixPath | None = None
    ca_file: str = ""


def watchdog_command(settings: WatchdogSettings) -> tuple[str, ...]:
    """Return the command, with the same options as existing nodes write."""
    command = [*_program(), "--master-url", settings.master_url]
    if settings.certificate_repository is not None:
        command += ["--certificate-repository-path", str(settings.certificate_repository)]
    command += ["--computer-id", settings.computer, "--instance-root", str(settings.instance_root)]
    if settings.ca_file:
        command += ["--master-ca-file", settings.ca_file]
    return tuple(command)


def _program() -> tuple[str, ...]:
    script = Path(sys.executable).with_name(_SCRIPT)
    if script.exists():
        return (str(script),)
    return (sys.executable, "-m", "slap_node.supervisor.watchdog")
