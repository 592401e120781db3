"""The platform that builds of this machine are made for."""

import platform
import shutil
import sysconfig
from pathlib import PurePosixPath

from slap_domain.model.binary_cache import OperatingSystem, Platform
from slap_node.programs.environment import DEFAULT_PATH
from slap_node.programs.processes import Command, run


def this_platform(software_root: PurePosixPath | str) -> Platform:
    """Return it.

    Args:
        software_root: where it keeps releases; empty where that does not matter.

    Raises:
        HostFailure: the compiler cannot be run.
    """
    try:
        release = platform.freedesktop_os_release()
    except OSError:  # a system without that file is only compatible with itself
        release = {"ID": platform.system(), "VERSION_ID": platform.release()}
    return Platform(
        multiarch=_multiarch(),
        system=OperatingSystem(
            id=release.get("ID", ""),
            version=release.get("VERSION_ID", ""),
            codename=release.get("VERSION_CODENAME", ""),
        ),
        software_root=str(software_root),
    )


def _multiarch() -> str:
    if shutil.which("gcc", path=DEFAULT_PATH):
        command = Command(
            argv=("gcc", "-dumpmachine"),
            directory=PurePosixPath("/"),
            environment={"PATH": DEFAULT_PATH},
            timeout=10.0,
        )
        finished = run(command)
        if finished.succeeded and finished.output.strip():
            return finished.output.strip()
    return str(sysconfig.get_config_var("MULTIARCH") or f"{platform.machine()}-linux-gnu")
