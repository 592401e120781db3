"""Connections that every user of the library in a process shares.

A deployment runs dozens of recipes, each of which opens the library anew: sharing saves them the
connection, and asking again where the HATEOAS interface is.
"""

import os
import threading
from typing import TYPE_CHECKING

from slap_http_adapter.client.master_address import MasterAddress

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection

_lock = threading.Lock()
# By process as well: a forked child must not speak on its parent's sockets.
_connections: dict[tuple[int, MasterAddress], "Connection"] = {}


def shared_connection(address: MasterAddress) -> "Connection":
    """Return this process's connection to a master."""
    # Most of what imports the library never gets here, and speaking HTTP takes 0.05 s to import.
    from slap_http_adapter.client.connection import Connection  # noqa: PLC0415

    key = os.getpid(), address
    with _lock:
        if key not in _connections:
            _connections[key] = Connection(address)
        return _connections[key]
