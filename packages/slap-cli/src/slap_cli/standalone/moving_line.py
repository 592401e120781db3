"""Shows what goes on right now in one moving line of the terminal, below what is logged meanwhile."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from slap_domain.model.visible_text import visible

if TYPE_CHECKING:
    from rich.console import Console

    from slap_cli.terminal import Terminal


@contextmanager
def moving_line(terminal: "Terminal") -> Iterator[Callable[[str], None]]:
    """Show what the yielded function is given, until the end of the block; nothing while that is empty."""
    # Imported here: rich costs more to load than most commands take.
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=terminal.error, no_color=bool(terminal.environment.get("NO_COLOR")), highlight=False
    )
    status = console.status(Text(""))

    def show(text: str) -> None:
        if text and console.is_terminal:
            status.update(Text(visible(text)[: max(10, console.width - 4)], overflow="ellipsis"))
            status.start()
        else:
            status.stop()

    with _logged_above(console, terminal.error):
        try:
            yield show
        finally:
            status.stop()


@contextmanager
def _logged_above(console: "Console", error: TextIO) -> Iterator[None]:
    """Let the log of the terminal go through what draws there: else it would stand behind that line."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is error
    ]
    above = _LinesAbove(console)
    for handler in handlers:
        handler.setStream(above)
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(error)


class _LinesAbove(io.TextIOBase):
    """Prints whole records, as the log writes them, above what a console shows at its end."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def write(self, text: str) -> int:
        from rich.text import Text

        self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)
        return len(text)
