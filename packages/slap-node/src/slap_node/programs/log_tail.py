"""The end of what a program printed, as short as a master takes it."""

_LIMIT = 20_000


def log_tail(output: str) -> str:
    """Return the end of a log, short enough to be sent to a master."""
    if len(output) <= _LIMIT:
        return output
    return "…\n" + output[-_LIMIT:].partition("\n")[2]
