"""Telling the operator when the database stops to work, and when it works again."""

import logging
import threading
import time

from slap_domain.errors import SlapError

log = logging.getLogger(__name__)
_AGAIN_SECONDS = 60.0


class Outages:
    """Logs the first failure of a row of them, one a minute while it lasts, and its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told_at: float | None = None

    def failed(self, failure: SlapError) -> None:
        """Note a failure that is the database's, not that of a request."""
        with self._lock:
            now = time.monotonic()
            if self._told_at is not None and now - self._told_at < _AGAIN_SECONDS:
                return
            self._told_at = now
        hint = f" (hint: {failure.hint})" if failure.hint else ""
        log.error("%s; requests are answered with 503 or 500 until this ends%s", failure.message, hint)

    def worked(self) -> None:
        """Note that a change was kept."""
        if self._told_at is None:
            return
        with self._lock:
            self._told_at = None
        log.warning("the database works again")
