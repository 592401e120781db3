"""The supervisor daemon's XML-RPC interface over its Unix socket."""

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any

from slap_domain.errors import HostFailure

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
            SupervisorAway: it does not answer, or not in time.
        """
        connection = _UnixConnection(self._socket, timeout or self._timeout)
        body = xmlrpc.client.dumps(arguments, f"supervisor.{method}").encode()
        try:
            connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
            response = connection.getresponse()
            answer = response.read()
            if response.status != http.client.OK:
                raise SupervisorAway(f"{self._socket} answers HTTP {response.status} to {method}")
            values, _ = xmlrpc.client.loads(answer)
        except xmlrpc.client.Fault as error:
            raise SupervisorFault(error.faultCode, f"supervisord: {method}: {error.faultString}") from error
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ValueError) as error:
            raise SupervisorAway(
                f"supervisord does not answer {method} on {self._socket}: {error}",
                hint="start it with `slapos node supervisord`",
            ) from error
        finally:
            connection.close()
        return values[0]


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
