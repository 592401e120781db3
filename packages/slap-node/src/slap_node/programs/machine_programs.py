"""Programs of the machine itself, such as `lsblk` and `firewall-cmd`, that the node asks as its own user."""

import os
from collections.abc import Callable
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_node.programs import processes
from slap_node.programs.environment import environment_of_runs

_PATIENCE = 60.0
_ERROR_TAIL = 500

Runner = Callable[[processes.Command], processes.Finished]


def output_of(argv: tuple[str, ...], run: Runner) -> str:
    """Run a program of the machine, as the node's own user, and return what it printed.

    Raises:
        HostFailure: it cannot be started, takes too long or fails.
    """
    home = PurePosixPath("/")
    finished = run(
        processes.Command(
            argv=argv,
            directory=home,
            environment=environment_of_runs(os.environ, home=home),
            timeout=_PATIENCE,
            lasting=True,  # such programs may start the machine's own daemons
        )
    )
    if not finished.succeeded:
        why = "takes too long" if finished.timed_out else f"failed: {finished.output.strip()[-_ERROR_TAIL:]}"
        raise HostFailure(f"`{' '.join(argv)[:200]}` {why}")
    return finished.output
