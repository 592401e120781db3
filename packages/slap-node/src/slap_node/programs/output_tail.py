"""What a program prints, while it prints: each line as it comes, and at the end the last of all."""

from collections import deque
from collections.abc import Callable

_LINE_LIMIT = 16 * 1024


class OutputTail:
    """The tail of one stream, and the lines in it as they come.

    Args:
        limit: bytes that are kept, the last ones.
        on_line: is told the lines, without the last one's end; of a long one the beginning. What is read at
            once is told at once: a build may print a hundred thousand.
    """

    def __init__(self, limit: int, on_line: Callable[[str], None] | None) -> None:
        self._limit = limit
        self._on_line = on_line
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._line = b""
        self._left_out = 0

    def feed(self, data: bytes) -> None:
        """Take what was read."""
        self._kept.append(data)
        self._size += len(data)
        while self._size - len(self._kept[0]) >= self._limit:
            self._size -= len(self._kept.popleft())
        if self._on_line is None:
            return
        first, *others = data.split(b"\n")
        self._add(first)
        lines = []
        for piece in others:
            lines.append(self._taken())
            self._add(piece)
        if lines:
            self._on_line("\n".join(lines))

    def end(self) -> str:
        """Return the tail; a last line without an end is told first."""
        if self._line and self._on_line is not None:
            self._on_line(self._taken())
        return b"".join(self._kept)[-self._limit :].decode(errors="replace")

    def _add(self, piece: bytes) -> None:
        self._line += piece
        self._left_out += max(0, len(self._line) - _LINE_LIMIT)
        self._line = self._line[:_LINE_LIMIT]

    def _taken(self) -> str:
        """Return the line that is complete now."""
        text = self._line.rstrip(b"\r").decode(errors="replace")
        if self._left_out:
            text += f"… ({self._left_out} more bytes)"
        self._line, self._left_out = b"", 0
        return text
