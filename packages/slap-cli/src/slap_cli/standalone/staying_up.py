"""Keeps a standalone system up: what changes or crashes is made true again."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from slap_cli.standalone.ended_programs import is_supervised
from slap_cli.standalone.ports import System
from slap_domain.errors import AlreadyRunning, SlapError

if TYPE_CHECKING:
    from slap_domain.model.computer import ComputerAssignment

_LOG = logging.getLogger(__name__)
BETWEEN_LOOKS = 5.0
_BETWEEN_PASSES = 60.0


def stay_up(
    system: System, ended: Callable[[], bool] = lambda: False, *, between: float = BETWEEN_LOOKS
) -> None:
    """Look again and again whether the master wants something else, until the process is interrupted.

    A pass is made when it does, as after a crash that the watchdog told it; when the supervisor does not run;
    when the last pass did not succeed; and each minute, since promises may fail meanwhile. In between other
    commands can work on the partitions. A pass that fails is told, once for each cause, and tried again:
    whoever looks at it may be mending it.

    Args:
        system: that runs.
        ended: asked before each look whether to end.
        between: seconds between two looks.
    """
    passes = _Passes(system)
    told = ""
    while True:
        system.pause(between)
        if ended():
            return
        try:
            passes.look()
        except AlreadyRunning as error:  # somebody else makes the same pass
            _LOG.debug("%s", error)
        except SlapError as error:
            if str(error) != told:
                _LOG.warning("%s", error)
            told = str(error)
        else:
            told = ""


class _Passes:
    """Makes the passes that are due."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._made_true: ComputerAssignment | None = None
        self._time = -_BETWEEN_PASSES

    def look(self) -> None:
        """Start the master unless it runs, and make a pass if one is due.

        Raises:
            SlapError: it does not succeed.
        """
        self._system.master_process.start()
        node = self._system.node
        is_fresh = self._system.monotonic() - self._time < _BETWEEN_PASSES
        if is_fresh and is_supervised(node.programs()) and node.assignment() == self._made_true:
            return
        self._made_true = None
        if node.deploy().exit_status == 0:
            self._made_true = node.assignment()
            self._time = self._system.monotonic()
