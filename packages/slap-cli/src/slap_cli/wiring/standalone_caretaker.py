"""The process that looks after a standalone system once the command that brought it up has returned.

Runs as `python -P -m slap_cli.wiring.standalone_caretaker DIRECTORY`, started by `LocalCaretaker`, until it
is told to end or the directory is no longer a standalone system's.
"""

import logging
import os
import sys
import threading
from pathlib import Path

from slap_cli.logs import LogSettings, logging_to
from slap_cli.node.stopping import ended_by_signals
from slap_cli.standalone.directory_lock import taken_over
from slap_cli.standalone.place import Place
from slap_cli.standalone.progress_display import ProgressDisplay
from slap_cli.standalone.staying_up import BETWEEN_LOOKS, stay_up
from slap_cli.terminal import process_terminal
from slap_cli.wiring.standalone_system import system_at

_LOG = logging.getLogger(__name__)


def keep(place: Place, between: float = BETWEEN_LOOKS) -> None:
    """Keep a standalone system up until a signal asks for the end.

    Args:
        place: where its files are.
        between: seconds between two looks at it.
    """
    cancel = threading.Event()
    with ended_by_signals(cancel):
        try:
            with system_at(place, ProgressDisplay(_LOG.info), cancel) as system:
                stay_up(system, lambda: not place.is_in_use, between=between)
        except KeyboardInterrupt:
            return


def main() -> int:
    """Run it; the lock of the caretaker is the standard input, as whoever started it took it."""
    os.chdir("/")
    with taken_over(sys.stdin.fileno()), logging_to(LogSettings(time=True), process_terminal()):
        keep(Place(directory=Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
