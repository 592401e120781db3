"""What to tell people about a buildout that failed."""

import itertools
import re

from slap_node.programs.processes import Finished

_LINE_LIMIT = 1000
_TELLING = re.compile(r"^(Error: |[A-Za-z_.]*(Error|Exception|Interrupt|Exit)\b)")
_IN_PROFILE = re.compile(r"\s+\[line +\d+\]: ")


def failure_line(finished: Finished) -> str:
    """Return the line of a failed run's output that says most: the last error, or else the last line.

    The error of a profile's syntax goes on in indented lines, which name the lines of the profile. What a run
    that was killed said last has nothing to do with it.
    """
    if finished.timed_out or finished.status < 0:
        return f"it {finished.ending}"
    lines = [line.rstrip() for line in finished.output.splitlines() if line.strip()]
    telling = [index for index, line in enumerate(lines) if _TELLING.match(line)]
    if not telling:
        return (lines or ["it printed nothing"])[-1][:_LINE_LIMIT]
    first, *rest = lines[telling[-1] :]
    details = itertools.takewhile(_IN_PROFILE.match, rest)
    return " ".join([first, *(line.strip() for line in details)])[:_LINE_LIMIT]
