"""The supervisor daemon's XML-RPC interface over its Unix socket."""

import socket
from pathlib import Path
from typing import Any

from slap_domain.errors import HostFailure
from slap_node.supervisor.xml_rpc import Fault, MalformedAnswer, answer_value, call_document

SHUTDOWN_STATE = 6
BAD_NAME = 10
NO_FILE = 20
NOT_EXECUTABLE = 21
ABNORMAL_TERMINATION = 40
SPAWN_ERROR = 50
ALREADY_STARTED = 60
NOT_RUNNING = 70
SUCCESS = 80
ALREADY_ADDED = 90
STILL_RUNNING = 91
CANT_REREAD = 92

# A stop waits up to stopwaitsecs (60 s) for each program; everything else answers at once.
DEFAULT_TIMEOUT = 30.0
STOP_TIMEOUT = 120.0

_READ_SIZE = 65536
_ANSWER_LIMIT = 64 * 1024 * 1024


class SupervisorFault(HostFailure):
    """The daemon answered that it cannot do it.

    Attributes:
        code: supervisor's own fault code.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class SupervisorAway(HostFailure):
    """The daemon does not answer."""


class SupervisorSlow(SupervisorAway):
    """The daemon is there, but does not answer in time."""


class SupervisorRpc:
    """Calls of the daemon that listens on a socket; each has its own connection, so threads may share it."""

    def __init__(self, socket_path: Path, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._socket = socket_path
        self._timeout = timeout

    # The answers are XML-RPC values: each caller knows which it asked for.
    def call(self, method: str, *arguments: str | int | bool, timeout: float | None = None) -> Any:  # noqa: ANN401
        """Call a method of the `supervisor` namespace and return what it answers.

        Raises:
            SupervisorFault: the daemon refused.
            SupervisorAway: it does not answer; `SupervisorSlow`: not in time.
        """
        try:
            answer = self._post(call_document(f"supervisor.{method}", arguments), timeout or self._timeout)
            return answer_value(answer)
        except Fault as fault:
            raise SupervisorFault(fault.code, f"supervisord: {method}: {fault.text}") from fault
        except TimeoutError as error:
            raise SupervisorSlow(f"supervisord on {self._socket} does not answer {method} in time") from error
        except (OSError, MalformedAnswer) as error:
            raise SupervisorAway(
                f"supervisord does not answer {method} on {self._socket}: {error}",
                hint="start it with `slapos node supervisord`",
            ) from error

    def _post(self, document: bytes, timeout: float) -> bytes:
        """Send a document and return the body of the answer.

        HTTP/1.0 means that the end of the answer is the end of the connection.
        """
        head = f"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {len(document)}\r\n\r\n"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self._socket))
            connection.sendall(head.encode() + document)
            received = bytearray()
            while data := connection.recv(_READ_SIZE):
                received += data
                if len(received) > _ANSWER_LIMIT:
                    raise MalformedAnswer("the answer is too long")
        header, _, body = bytes(received).partition(b"\r\n\r\n")
        status = header.partition(b"\r\n")[0]
        if b" 200 " not in status:
            raise MalformedAnswer(status[:80].decode(errors="replace") or "nothing came")
        return body
