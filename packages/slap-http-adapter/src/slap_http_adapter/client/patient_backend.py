"""The sockets of httpcore, with an end to the patience: httpcore only limits the time between two drops."""

import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore
from httpcore import SOCKET_OPTION

from slap_http_adapter.client.patience import Patience


class Waiting(threading.local):
    """The patience with the request that this thread has sent: a thread sends one at a time."""

    def __init__(self, seconds: float) -> None:
        self.patience = Patience(seconds)


class PatientBackend(httpcore.NetworkBackend):
    """Opens sockets from which is read only while there is patience."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        return _PatientStream(
            self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self._waiting
        )


class _PatientStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, waiting: Waiting) -> None:
        self._inner = inner
        self._waiting = waiting

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - patience knows better
        """Read what comes next.

        Raises:
            LateAnswerError: the time is up.
        """
        return self._inner.read(max_bytes, self._waiting.patience.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, and wait anew."""
        self._inner.write(buffer, timeout)
        self._waiting.patience.begin()

    def close(self) -> None:
        """Close."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt."""
        return _PatientStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._waiting)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore declares it
        """Return what httpcore knows of the socket."""
        return self._inner.get_extra_info(info)
