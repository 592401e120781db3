"""Reading the supervisor's files again, once for all who ask at the same time."""

import threading
from collections.abc import Callable

from slap_domain.planning.node.supervision import GroupDifferences


class SharedReload:
    """Runs one reload for all threads that ask while another reload is under way.

    A reload takes as long as there are programs on the node, so that one for each partition would cost the
    square of their number.
    """

    def __init__(self, reload: Callable[[], GroupDifferences]) -> None:
        self._reload = reload
        self._running = threading.Lock()
        self._counting = threading.Lock()
        self._begun = 0
        self._latest = (0, GroupDifferences())

    def differences(self) -> GroupDifferences:
        """Return what a reload found that began after this call."""
        with self._counting:
            before = self._begun
        with self._running:
            number, found = self._latest
            if number > before:
                return found
            with self._counting:
                self._begun += 1
                number = self._begun
            found = self._reload()
            self._latest = (number, found)
            return found
