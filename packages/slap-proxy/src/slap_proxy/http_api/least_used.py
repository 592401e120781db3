"""A memory of values that forgets the least used ones, by how much room they all take."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LeastUsed(Generic[K, V]):
    """Remembers values up to a number of bytes, and always the last one; any thread may ask."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._taken = 0
        self._known: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: K) -> V | None:
        """Return what is remembered, None when it is not or not any more."""
        with self._lock:
            found = self._known.get(key)
            if found is None:
                return None
            self._known.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, size: int) -> None:
        """Remember a value that takes so many bytes."""
        with self._lock:
            _, former = self._known.pop(key, (None, 0))
            self._known[key] = value, size
            self._taken += size - former
            while self._taken > self._most and len(self._known) > 1:
                self._taken -= self._known.popitem(last=False)[1][1]
