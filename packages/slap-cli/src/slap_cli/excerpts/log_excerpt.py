"""The lines of a log that say why something failed."""

import re
from collections.abc import Iterator, Sequence

_LIMIT = 20
_CONTEXT = 2
# Where the story of a failure begins, in what buildout, pip, compilers and Python print.
_STORIES = (
    re.compile(r"^\s*(While:|Traceback \(most recent call last\)|An internal error occurred)"),
    re.compile(r"\b(error|fatal|no such file|not found|couldn't find)\b", re.IGNORECASE),
)
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'  File "(?P<file>[^"]*)", line \d+')
# The tool that reads profiles and runs recipes: where in it a failure came up tells their author nothing.
_OF_BUILDOUT = re.compile(
    r"(/(zc|slap_node)/buildout/\w+\.py|/slap_buildout_runner\.py|/bin/buildout|<frozen runpy>)$"
)
_BLAMES = "An internal error occurred due to a bug in either zc.buildout or in a"


def lines_that_matter(log: str, said: str = "") -> str:
    """Return the part of a log that says why it failed: from where the failure begins, or else its end.

    Args:
        log: what a failing program printed.
        said: what people are told already; lines at the end that only repeat it are left out.
    """
    lines = _without_buildout([line.rstrip() for line in log.splitlines() if line.strip()])
    while lines and lines[-1].strip() in said:
        lines.pop()
    tail = lines[-_LIMIT:]
    for story in _STORIES:
        for index, line in enumerate(tail):
            if story.search(line):
                return "\n".join(tail[max(0, index - _CONTEXT) :])
    return "\n".join(tail)


def _without_buildout(lines: Sequence[str]) -> list[str]:
    """Leave the frames of buildout out of tracebacks, and the whole of those that have no other."""
    kept: list[str] = []
    for first, *frames in _pieces(lines):
        others = [frame for frame in frames if not _is_of_buildout(frame)]
        if frames and not others:
            while kept and _explains_a_bug(kept[-1]):
                kept.pop()
            continue
        kept += [first, *(line for frame in others for line in frame.splitlines())]
    return kept


def _pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield each line alone, but a traceback together with its frames."""
    piece: list[str] = []
    for line in lines:
        if piece and piece[0] == _TRACEBACK and _FRAME.match(line):
            piece.append(line)
        elif len(piece) > 1 and line.startswith("    "):
            piece[-1] += "\n" + line
        else:
            if piece:
                yield piece
            piece = [line]
    if piece:
        yield piece


def _is_of_buildout(frame: str) -> bool:
    match = _FRAME.match(frame)
    return match is not None and _OF_BUILDOUT.search(match["file"]) is not None


def _explains_a_bug(line: str) -> bool:
    return line.startswith((_BLAMES, "recipe being used:"))
