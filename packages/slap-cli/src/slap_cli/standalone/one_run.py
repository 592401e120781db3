"""Runs a service from its coming up to the end of the command, and takes down what this command started."""

import logging
from collections.abc import Callable

from slap_cli.standalone.ports import System
from slap_cli.standalone.staying_up import stay_up
from slap_cli.standalone.taking_down import stop

_LOG = logging.getLogger(__name__)


def run_to_the_end(
    system: System, bring_up: Callable[[], None], tell: Callable[[], None], *, detached: bool
) -> None:
    """Bring a service up, tell of it, and unless detached keep it up until Ctrl-C, then stop everything.

    What ran before goes on when the service does not come up. Once it is up in the foreground everything ends
    with the command, wherever the interruption finds it.

    Args:
        system: whose master may run already.
        bring_up: makes the service run.
        tell: says what came up.
        detached: return when it was told, and leave everything up.

    Raises:
        SlapError: the service does not come up.
        KeyboardInterrupt: interrupted before it was up.
    """
    leaves_it = system.master_process.is_running()
    is_up = False
    try:
        bring_up()
        is_up, leaves_it = True, detached
        tell()
        if not detached:
            _LOG.info("it runs until you press Ctrl-C")
            stay_up(system)
    except KeyboardInterrupt:
        if not is_up or detached:
            raise
        _LOG.info("stopping")
    finally:
        if not leaves_it:
            stop(system)
