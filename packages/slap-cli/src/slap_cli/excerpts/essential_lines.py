"""Shortens what a failing program printed to what a person needs of it."""

import re

_LIMIT = 6
_PROMISE = re.compile(r"(Promise '[^\n]*?' failed with output: )?(.*)", re.DOTALL)


def essential_lines(text: str) -> list[str]:
    """Return all lines of a short text; of a long one the first and the last, where tracebacks end."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= _LIMIT else [lines[0], "  …", *lines[-_LIMIT // 2 :]]


def essence(text: str) -> str:
    """Return a message in one line: its last, where programs and tracebacks say why, and whose it is."""
    match = _PROMISE.fullmatch(text)
    whose, said = (match[1] or "", match[2]) if match else ("", text)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return whose + (lines[-1] if lines else "")
