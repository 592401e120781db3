"""Running the master: listens, serves until told to stop, and closes everything."""

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from slap_domain.errors import HostFailure
from slap_proxy.garbage import settle
from slap_proxy.http_api.connection import MasterConnection
from slap_proxy.listening import listener_place, listener_url, open_listener
from slap_proxy.log_file import logging_also_to
from slap_proxy.settings import Limits, ProxySettings
from slap_proxy.trust.server_tls import ServerTls
from slap_proxy.wiring import Master, opened_master

log = logging.getLogger(__name__)
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_START_SECONDS = 30.0
_LOOK_SECONDS = 0.02
_CUT_SECONDS = 1.0
_REFRESH_SECONDS = 3600.0
Announce = Callable[[str], None]


class _Server(uvicorn.Server):
    """A uvicorn server that says when it serves, and for which a stop by a signal is a success."""

    def __init__(self, master: Master, limits: Limits, started: Callable[[], None]) -> None:
        super().__init__(_config(master, limits))
        self._tell_started = started
        self._tls = master.tls
        self._refreshing: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, without raising the signal again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self._stop) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Stop when what is in flight is answered; told again, stop now."""
        self.force_exit = self.should_exit
        self.handle_exit(number, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then tell."""
        await super().startup(sockets=sockets)
        if self._tls is not None:
            self._refreshing = asyncio.create_task(_refresh_for_ever(self._tls))
        self._tell_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to serve once requests in flight are answered; cut what is open when the time is over."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._answered()
        self._cut()
        # What was cut is told of it before the loop closes.
        await asyncio.sleep(0)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_CUT_SECONDS)

    async def _answered(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self.config.timeout_graceful_shutdown or 0)
        # Whether uvicorn's sets are empty can only be looked at.
        while self._is_busy() and not self.force_exit and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_busy(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    def _cut(self) -> None:
        connections = list(self.server_state.connections)
        if connections:
            why = "was told to stop twice" if self.force_exit else "waited as long as stop_timeout says"
            log.warning("the master %s: cut %d connections in the middle of a request", why, len(connections))
        for connection in connections:
            connection.transport.abort()


async def _refresh_for_ever(tls: ServerTls) -> None:
    # Changed on this thread, which is the one that makes connections by it.
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        tls.refresh()


def serve(settings: ProxySettings, announce: Announce = log.info) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are answered before it returns.

    Args:
        settings: of the master; port 0 takes any free one.
        announce: is told, in words for people, where the master answers and where its records are.

    Raises:
        HostFailure: the address or the database cannot be had.
        ConfigurationError: the settings contradict what is on disk.
    """
    with logging_also_to(settings.log_file):
        _serve(settings, announce)
        announce("The master stopped")


def _serve(settings: ProxySettings, announce: Announce) -> None:
    # First the address: a second master on it must not touch the database.
    with open_listener(settings.host, settings.port) as listener, opened_master(settings) as master:
        where = listener_place(listener, master.scheme)

        def started() -> None:
            announce(f"The master answers at {where} and keeps its records in {master.records_place}")

        settle()
        _run(_Server(master, settings.limits, started), listener)


@contextlib.contextmanager
def running_master(settings: ProxySettings) -> Iterator[str]:
    """Serve from a thread of this process, and give the URL; the master has stopped when this ends.

    Raises:
        HostFailure: the address or the database cannot be had.
    """
    with opened_master(settings) as master, serving(master, settings) as url:
        yield url


@contextlib.contextmanager
def serving(master: Master, settings: ProxySettings) -> Iterator[str]:
    """Serve an opened master from a thread of this process, and give the URL.

    Raises:
        HostFailure: the address cannot be had.
    """
    with open_listener(settings.host, settings.port) as listener:
        started = threading.Event()
        server = _Server(master, settings.limits, started.set)
        thread = threading.Thread(target=_run, args=(server, listener), name="slap-proxy")
        url = listener_url(listener, master.scheme)
        thread.start()
        try:
            if not started.wait(_START_SECONDS):
                raise HostFailure(f"the master did not start within {_START_SECONDS:.0f} seconds")
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _config(master: Master, limits: Limits) -> uvicorn.Config:
    config = uvicorn.Config(
        master.application,
        http=MasterConnection,
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.keep_alive,
        timeout_graceful_shutdown=limits.stop,
    )
    config.load()
    config.ssl = master.tls.context if master.tls is not None else None
    return config


def _run(server: _Server, listener: socket.socket) -> None:
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
