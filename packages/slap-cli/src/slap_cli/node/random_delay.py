"""Lets the nodes whose timers ring together ask their master at different times."""

import random
import time
from logging import getLogger

_LOG = getLogger(__name__)


def wait_at_random(longest: int) -> None:
    """Wait some seconds, from 1 to the given number."""
    seconds = random.randint(1, longest)  # noqa: S311 - it spreads the load of many nodes, nothing secret
    _LOG.info("waiting %s seconds, since maximal_delay is %s", seconds, longest)
    time.sleep(seconds)
