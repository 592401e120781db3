"""The lines of a log that say why something failed."""

import re

_LIMIT = 20
_CONTEXT = 2
# Where the story of a failure begins, in what buildout, pip, compilers and Python print.
_STORIES = (
    re.compile(r"^\s*(While:|Traceback \(most recent call last\)|An internal error occurred)"),
    re.compile(r"\b(error|fatal|no such file|not found|couldn't find)\b", re.IGNORECASE),
)


def lines_that_matter(log: str) -> str:
    """Return the part of a log that says why it failed: from where the failure begins, or else its end."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    tail = lines[-_LIMIT:]
    for story in _STORIES:
        for index, line in enumerate(tail):
            if story.search(line):
                return "\n".join(tail[max(0, index - _CONTEXT) :])
    return "\n".join(tail)
