"""Keeps a standalone system up in the foreground: what changes or crashes is made true again."""

import logging
from collections.abc import Callable

from slap_cli.standalone.ports import System
from slap_domain.errors import SlapError

_LOG = logging.getLogger(__name__)
_BETWEEN_PASSES = 5.0


def stay_up(system: System, ended: Callable[[], bool] = lambda: False) -> None:
    """Make pass after pass until the process is interrupted.

    A pass that fails is told and tried again: whoever looks at it may be mending its cause.

    Args:
        system: that runs.
        ended: asked before each pass whether to go on.
    """
    while not ended():
        system.pause(_BETWEEN_PASSES)
        try:
            system.master_process.start()
            system.node.deploy()
        except SlapError as error:
            _LOG.warning("%s", error)
