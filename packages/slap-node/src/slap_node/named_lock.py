"""A lock that is a name and no file: for who may write nowhere yet, or must not leave anything behind."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

from slap_domain.errors import AlreadyRunning, HostFailure


@contextlib.contextmanager
def named_lock(name: str, what: str) -> Iterator[None]:
    """Keep other processes of this user that want the same lock away while the block lasts.

    It is a socket of the kernel's abstract namespace, which is gone with the process, however that ends.

    Args:
        name: of the lock, of few bytes.
        what: is done under it, for the message: `formats c1`.

    Raises:
        AlreadyRunning: another process holds it.
        HostFailure: the kernel does not let us.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as holder:
        try:
            holder.bind(f"\0slapos-{os.geteuid()}-{name}")
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AlreadyRunning(f"another process {what} just now", hint="wait until it ends") from error
            raise HostFailure(f"cannot make sure that nobody else {what}: {error.strerror}") from error
        yield
