"""A connection of uvicorn that also hands over the client's certificate and gives up on endless headers."""

import asyncio
import ssl
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 20.0


class MasterConnection(HttpToolsProtocol):
    """One connection of a client.

    The certificate goes into the ASGI scope as the TLS extension of ASGI describes it, which uvicorn does
    not fill by itself: `scope["extensions"]["tls"]["client_cert_chain"]`.
    """

    _extensions: dict[str, Any] | None = None
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the client's certificate from the handshake."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            certificate = tls.getpeercert(binary_form=True)
            chain = [ssl.DER_cert_to_PEM_cert(certificate)] if certificate else []
            self._extensions = {"tls": {"client_cert_chain": chain}}

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._rest()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin a request: its headers must arrive in time."""
        super().on_message_begin()
        if self._extensions is not None:
            self.scope["extensions"] = self._extensions
        self._patience = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def on_headers_complete(self) -> None:
        """Have the request answered."""
        self._rest()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Stop as soon as the request in flight is answered."""
        at_rest = self.cycle is None or self.cycle.response_complete
        # A client at rest does not read, and so would never answer the good-bye of TLS.
        if at_rest and self._extensions is not None and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
