"""Opening the socket a master listens on, with an error that says what to do when it cannot."""

import errno
import socket
from collections.abc import Mapping

from slap_domain.errors import HostFailure

_BACKLOG = 2048
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
_HINTS: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there; stop it or choose another port with --port",
    errno.EACCES: "ports below 1024 need root; choose another with --port",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose another with --host",
}


def open_listener(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Args:
        host: a name or an address, IPv6 with or without brackets.
        port: 0 for any free one.

    Raises:
        HostFailure: the address cannot be had; the message names it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise HostFailure(f"cannot listen on {host}: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        hint = _HINTS.get(error.errno or 0, "")
        raise HostFailure(f"cannot listen on {host} port {port}: {error.strerror}", hint=hint) from error
    return listener


def listener_url(listener: socket.socket, scheme: str) -> str:
    """Return the URL at which a listening socket answers on this machine."""
    host, port = listener.getsockname()[:2]
    if host in _EVERY_ADDRESS:
        host = "127.0.0.1" if listener.family is socket.AF_INET else "::1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def listener_place(listener: socket.socket, scheme: str) -> str:
    """Return, in words for people, where a listening socket answers."""
    url = listener_url(listener, scheme)
    if listener.getsockname()[0] in _EVERY_ADDRESS:
        return f"{url}/ (and, for other machines, at every address of this one)"
    return f"{url}/"
