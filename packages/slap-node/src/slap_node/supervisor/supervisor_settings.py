"""What a node tells its supervisor."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorSettings:
    """What a node tells its supervisor.

    Attributes:
        watchdog: command of the event listener (see `watchdog_command`); empty for none.
        extension_suffixes: groups `<partition id>-<suffix>` that the node's extensions keep up themselves.
        lasting_suffixes: those that outlive a stop of their partition while one of their programs runs.
        launches: start the daemon when it does not run; else the operator does.
    """

    instance_root: Path
    watchdog: tuple[str, ...] = ()
    extension_suffixes: frozenset[str] = frozenset()
    lasting_suffixes: frozenset[str] = frozenset({"prerm"})
    launches: bool = True
