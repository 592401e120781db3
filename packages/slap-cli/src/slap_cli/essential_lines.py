"""Shortens what a failing program printed to what a person needs of it."""

_LIMIT = 6


def essential_lines(text: str) -> list[str]:
    """Return all lines of a short text; of a long one the first and the last, where tracebacks end."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= _LIMIT else [lines[0], "  …", *lines[-_LIMIT // 2 :]]
