"""The process that looks after a detached standalone system: started, found again, ended."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from slap_cli.standalone.directory_lock import end_holder, is_held, locked_for_another
from slap_cli.standalone.place import Place
from slap_domain.errors import HostFailure

_MODULE = "slap_cli.wiring.standalone_caretaker"
_STOP_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCaretaker:
    """Who looks after one place, in a process that outlives whoever started it.

    It holds a lock from before its start until its end, however it ends: so there is never a second one, and
    one that was just started is found too.
    """

    place: Place

    def is_running(self) -> bool:
        """Tell whether somebody looks after the place.

        Raises:
            HostFailure: it cannot be found out.
        """
        return is_held(self.place.caretaker_lock)

    def start(self) -> None:
        """Start it.

        Raises:
            AlreadyRunning: it runs.
            HostFailure: it cannot be started.
        """
        with locked_for_another(self.place.caretaker_lock) as lock:
            log = str(self.place.caretaker_log)
            actions = [
                (os.POSIX_SPAWN_DUP2, lock.descriptor, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ]
            command = [sys.executable, "-P", "-m", _MODULE, str(self.place.directory)]
            try:
                self.place.caretaker_log.parent.mkdir(exist_ok=True)
                lock.pid = os.posix_spawn(
                    sys.executable, command, os.environ, file_actions=actions, setsid=True
                )
            except OSError as error:
                raise HostFailure(f"who shall look after the service cannot be started: {error}") from error

    def stop(self) -> None:
        """End it if it runs, and return when it has ended.

        Raises:
            HostFailure: it does not end.
        """
        end_holder(self.place.caretaker_lock, _STOP_SECONDS)

    @contextmanager
    def away(self, is_needed: Callable[[], bool]) -> Iterator[None]:
        """Let nobody look after the place until the end of the block, and then again where that is needed.

        Raises:
            HostFailure: it does not end, or cannot be started.
        """
        self.stop()
        try:
            yield
        finally:
            if is_needed():
                self.start()
