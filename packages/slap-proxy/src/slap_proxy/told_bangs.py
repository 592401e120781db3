"""Tells the operator of the master who banged, and why: nothing else keeps the reason."""

import logging

_LOG = logging.getLogger(__name__)
_SHOWN = 1000


def tell_bang(whose: str, reason: str) -> None:
    """Log the reason of a bang, shortened, and written so that it cannot pass for another line."""
    _LOG.info("%s banged: %r", whose, reason[:_SHOWN])
