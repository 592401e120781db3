"""Shows what a node does while it does it: a line for each step, and on a terminal what goes on right now."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slap_cli.excerpts.essential_lines import essence
from slap_cli.standalone.moving_line import moving_line
from slap_domain.ports.progress_listener import Progress, ProgressKind

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal

# A release that does not build ends the command, which tells it with what matters of the log.
_STEPS = {
    ProgressKind.BUILDING: "building {subject}",
    ProgressKind.BUILT: "built {subject}",
    ProgressKind.REMOVED: "removed {subject}",
    ProgressKind.DEPLOYING: "deploying {text} in {subject}",
    ProgressKind.AWAITING: "asking the promises of {subject}",
    ProgressKind.DEPLOYED: "{subject} is deployed, its promises hold",
    ProgressKind.STOPPED: "{subject} is stopped",
    ProgressKind.DESTROYED: "{subject} is destroyed",
    ProgressKind.DEPLOYMENT_FAILED: "{subject} is not there yet: {text}",
    ProgressKind.WARNING: "warning: {subject} {text}",
}
# After these nothing goes on: the result stands alone.
_NOTHING_FOLLOWS = (ProgressKind.DEPLOYED, ProgressKind.STOPPED, ProgressKind.DESTROYED)
# Of the hundreds of lines that a build prints, those that say how far it is.
_TELLING = re.compile(r"(Getting distribution for|Got|Installing|Updating|Uninstalling) .+")


class ProgressDisplay:
    """The progress listener of the standalone commands.

    The same step is shown once, however many passes repeat it. Safe to use from several threads.
    """

    def __init__(self, say: Callable[[str], None], show_now: Callable[[str], None] | None = None) -> None:
        """Begin with nothing shown.

        Args:
            say: writes a line.
            show_now: shows what goes on right now, replacing what it showed before; empty for nothing. None:
                the telling lines of a build are written as lines too.
        """
        self._say = say
        self._show_now = show_now
        self._lock = threading.Lock()
        self._said: dict[str, set[str]] = {}

    def tell(self, event: Progress) -> None:
        """Show an event."""
        with self._lock:
            if event.kind is ProgressKind.OUTPUT:
                self._output(event)
            elif event.kind in _STEPS:
                self._step(event)

    def rest(self) -> None:
        """Show nothing as going on now, until the next event: what is written meanwhile stands alone."""
        with self._lock:
            if self._show_now is not None:
                self._show_now("")

    def _step(self, event: Progress) -> None:
        text = _STEPS[event.kind].format(subject=event.subject, text=essence(event.text))
        self._say_once(event.subject, text)
        if event.kind in (ProgressKind.DEPLOYED, ProgressKind.BUILT):
            self._said[event.subject].clear()
        if self._show_now is not None:
            self._show_now("" if event.kind in _NOTHING_FOLLOWS else text)

    def _say_once(self, subject: str, text: str) -> None:
        """Say what was not said since all was last in order: passes repeat what they wait for."""
        said = self._said.setdefault(subject, set())
        if text not in said:
            self._say(text)
        said.add(text)

    def _output(self, event: Progress) -> None:
        line = event.text.strip()
        if self._show_now is not None:
            if line:
                self._show_now(f"{event.subject}: {line}")
        elif _TELLING.fullmatch(line):
            self._say_once(event.subject, f"  {line}")


@contextmanager
def progress_display(terminal: "Terminal", say: Callable[[str], None]) -> Iterator[ProgressDisplay]:
    """Show progress until the end of the block: with a moving line where a person looks, else plainly."""
    if not terminal.error.isatty():
        yield ProgressDisplay(say)
        return
    with moving_line(terminal) as show_now:
        yield ProgressDisplay(say, show_now)
