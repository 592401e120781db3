"""What to tell people about a buildout that failed."""

import re

_LOG_LIMIT = 20_000
_TELLING = re.compile(r"^(Error: |[A-Za-z_.]*(Error|Exception|Interrupt|Exit)\b)")


def failure_line(output: str) -> str:
    """Return the line of a failed run's output that says most: the last error, or else the last line."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    return (telling or lines or ["it printed nothing"])[-1][:1000]


def log_tail(output: str) -> str:
    """Return the end of a log, short enough to be sent to a master."""
    if len(output) <= _LOG_LIMIT:
        return output
    return "…\n" + output[-_LOG_LIMIT:].partition("\n")[2]
