"""What `node prune` says and refuses, around the removal of shared parts."""

import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput
from slap_node.buildout.shared_parts import SharedPartPruner

_LOG = logging.getLogger(__name__)


def other_software_roots(given: Sequence[str]) -> tuple[PurePosixPath, ...]:
    """Return the directories whose releases are spared too.

    Raises:
        InvalidInput: there is no such directory.
    """
    for directory in given:
        if not Path(directory).is_dir():
            raise InvalidInput(
                f"--additional-software-directory {directory}: there is no such directory",
                hint="what its releases use would be deleted",
            )
    return tuple(PurePosixPath(directory) for directory in given)


def prune_shared_parts(pruner: SharedPartPruner, terminal: Terminal, *, dry_run: bool) -> None:
    """Delete what nothing uses, or only find it; print it.

    Raises:
        HostFailure: something cannot be read or deleted.
    """
    parts = pruner.unused() if dry_run else pruner.prune(lambda part: _LOG.debug("deleting %s", part))
    for part in parts:
        terminal.say(str(part))
    _LOG.info("shared parts: %s %s", len(parts), "would be deleted" if dry_run else "deleted")
