"""A connection of uvicorn that hands over the client's certificate, and answers short requests directly."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from slap_proxy.http_api.answer_bytes import answer_bytes
from slap_proxy.http_api.bodies import BodyTooSlowError

if TYPE_CHECKING:
    from starlette.types import Scope

    from slap_proxy.http_api.application import MasterApplication
    from slap_proxy.http_api.endpoints import Endpoint
    from slap_proxy.http_api.exchange import Answer

HEADER_SECONDS = 20.0
_HEADER_BYTES = 64 * 1024
_TOO_LARGE = "The headers are too large."
# A request that was sent before the master was told to stop is read within this time.
_UNREAD_SECONDS = 0.1


class _SenderLog(logging.LoggerAdapter[logging.Logger]):
    """Says whose connection it was: uvicorn complains of malformed requests without that."""

    @property
    def level(self) -> int:
        """Return the level of the logger, which uvicorn looks at."""
        return self.logger.level

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """Put the sender first."""
        sender = self.extra["sender"] if self.extra else ""
        return f"{sender}: {msg}", kwargs


def _place(client: tuple[str, int] | None) -> str:
    host, port = client or ("somebody", 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class MasterConnection(HttpToolsProtocol):
    """One connection of a client.

    The certificate goes into the ASGI scope as the TLS extension of ASGI describes it, which uvicorn does
    not fill by itself: `scope["extensions"]["tls"]["client_cert_chain"]`.

    A short request is handed to the application when it is whole, and its answer is written in one piece;
    tasks, events and messages of ASGI would cost more than most of our answers. Everything else goes the way
    of ASGI.
    """

    _extensions: dict[str, Any] | None = None
    # Waits for the rest of what is being received: a header, or the body of a short request.
    _patience: asyncio.TimerHandle | None = None
    _is_receiving = False
    # A short request whose body is being received, and what answers it.
    _short: "tuple[RequestResponseCycle, Endpoint] | None" = None
    _header_bytes = 0
    _begun = 0
    # Ends the connection when the client asks nothing, or nothing more.
    _keep_alive: asyncio.TimerHandle | None = None
    _at_rest_since = 0.0
    _is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the client's certificate from the handshake, and give the client time for a request."""
        super().connection_made(transport)
        self._application: MasterApplication = self.app
        self.logger = _SenderLog(self.logger, {"sender": _place(self.client)})  # type: ignore[assignment]
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            certificate = tls.getpeercert(binary_form=True)
            chain = [ssl.DER_cert_to_PEM_cert(certificate)] if certificate else []
            self._extensions = {"tls": {"client_cert_chain": chain}}
        # uvicorn would keep it for ever when nothing is asked.
        self._begin_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers, and what had not arrived."""
        self._rest()
        self._short = None
        if self._keep_alive is not None:
            self._keep_alive.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; what is still missing must arrive in time."""
        before = self._begun
        super().data_received(data)
        if self._is_receiving and not self.transport.is_closing():
            self._wait_for_more(len(data) if self._begun == before else 0)

    def _wait_for_more(self, received: int) -> None:
        if self._short is None:
            # A header that does not end is told to nobody before its end, so what continues it is counted.
            self._header_bytes += received
            if self._header_bytes > _HEADER_BYTES:
                self.send_400_response(_TOO_LARGE)
                return
        if self._patience is None:
            seconds = HEADER_SECONDS if self._short is None else self._application.arrival_seconds
            self._patience = self.loop.call_later(seconds, self._give_up)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._begun += 1
        self._header_bytes = 0
        self._is_receiving = True
        if self._extensions is not None:
            self.scope["extensions"] = self._extensions

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header.

        Raises:
            ValueError: there are too many; the parser gives up, and the request is answered with 400.
        """
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > _HEADER_BYTES:
            raise ValueError(_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Have the request answered."""
        self._rest()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Answer a short request."""
        super().on_message_complete()
        if self._short is not None:
            self._rest()
            self._answer_short(*self._short)

    def shutdown(self) -> None:
        """Stop as soon as the request in flight is answered, which may not have been read yet."""
        self._is_stopping = True
        if self._is_idle:
            self.loop.call_later(_UNREAD_SECONDS, self._end_at_rest)
        else:
            super().shutdown()

    def _end_at_rest(self) -> None:
        # A client at rest does not read, and so would never answer the good-bye of TLS.
        if self._is_idle and self._extensions is not None and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        """Begin the next request that waits, and give the client time for another.

        As uvicorn does, but for the timer: one goes on while requests come, because making and ending one for
        each takes as long as handling a short request.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        self._begin_rest()

    def _begin_rest(self) -> None:
        self._at_rest_since = self.loop.time()
        if self._keep_alive is None:
            self._keep_alive = self.loop.call_later(self.timeout_keep_alive, self._end_of_rest)

    def _end_of_rest(self) -> None:
        self._keep_alive = None
        if not self._is_idle or self._is_receiving:
            return  # the next answer starts it again
        left = self._at_rest_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._keep_alive = self.loop.call_later(left, self._end_of_rest)
        else:
            self.transport.close()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - of uvicorn
        if self._is_stopping and not self.pipeline:
            cycle.keep_alive = False
        endpoint = self._application.short_endpoint(cycle.scope)  # type: ignore[arg-type]
        if endpoint is None:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._short = cycle, endpoint
            self._is_receiving = True
        else:
            # It waited for its turn; thousands may wait, so they do not call one another.
            self.loop.call_soon(self._answer_short, cycle, endpoint)

    def _answer_short(self, cycle: RequestResponseCycle, endpoint: "Endpoint") -> None:
        self._short = None

        def answered(later: "Answer") -> None:
            # A loop that has ended has cut everybody who waited.
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._write, cycle, later)

        scope: Scope = cycle.scope  # type: ignore[assignment]
        answer = self._application.answer_short(
            endpoint, scope, bytes(cycle.body), answered, is_alone=len(self.connections) == 1
        )
        if answer is not None:
            self._write(cycle, answer)

    def _write(self, cycle: RequestResponseCycle, answer: "Answer") -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        cycle.response_started = cycle.response_complete = True
        verb = cycle.scope["method"]
        self.transport.write(answer_bytes(answer, verb, cycle.default_headers, is_last=not cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _rest(self) -> None:
        self._is_receiving = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        late, self._short = self._short, None
        if late is not None:
            cycle, endpoint = late
            cycle.keep_alive = False
            self._write(cycle, endpoint.failure(BodyTooSlowError()))
        elif not self.transport.is_closing():
            self.transport.close()
