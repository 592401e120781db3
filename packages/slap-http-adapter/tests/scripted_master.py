"""A real HTTP server on loopback that answers what a test scripted and remembers what it was asked."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    verb: str
    path: str
    headers: dict[str, str]
    body: str
    client_port: int

    @property
    def method(self) -> str:
        return urlsplit(self.path).path.lstrip("/")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    drop: bool = False


@dataclass
class ScriptedMaster:
    """Replies are taken in order; the last one is repeated."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    by_method: dict[str, Reply] = field(default_factory=dict)

    def answer(self, *replies: Reply | bytes | str | int) -> None:
        self.replies = [_reply(reply) for reply in replies]

    def next_reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.method in self.by_method:
            return self.by_method[asked.method]
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def _reply(reply: Reply | bytes | str | int) -> Reply:
    if isinstance(reply, int):
        return Reply(status=reply)
    if isinstance(reply, str):
        reply = reply.encode()
    return Reply(body=reply) if isinstance(reply, bytes) else reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, *_: object) -> None:
        """Keep the output of tests clean."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            verb=self.command,
            path=self.path,
            headers={key.lower(): value for key, value in self.headers.items()},
            body=self.rfile.read(length).decode(),
            client_port=self.client_address[1],
        )
        reply = self.server.script.next_reply(asked)
        time.sleep(reply.pause)
        if reply.drop:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(reply.status)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(reply.body))}
        for key, value in (headers | reply.headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = _handle  # noqa: N815 - the name that http.server calls
    do_POST = _handle  # noqa: N815


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: ScriptedMaster

    def handle_error(self, *_: object) -> None:
        """A client that hangs up early is what some tests are about."""


@contextmanager
def scripted_master(
    tls: ssl.SSLContext | None = None, script: ScriptedMaster | None = None
) -> Iterator[ScriptedMaster]:
    server = _Server(("127.0.0.1", 0), _Handler)
    scheme = "http"
    if tls is not None:
        scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.script = script or ScriptedMaster()
    server.script.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
