"""The header by which masters tell each other through which of them a request came."""

import re

from slap_domain.errors import InvalidInput

HEADER = "X-Slapos-Handed-On-By"
_RUN_IDS = re.compile(r"[A-Za-z0-9]{1,64}(,[A-Za-z0-9]{1,64}){0,63}\Z")


def masters_told(run_ids: tuple[str, ...]) -> str:
    """Return the value of the header."""
    return ",".join(run_ids)


def masters_passed(value: str) -> tuple[str, ...]:
    """Return the run ids of a header's value; none of an empty one.

    Raises:
        InvalidInput: it is malformed.
    """
    if not value:
        return ()
    if not _RUN_IDS.match(value):
        raise InvalidInput(f"header {HEADER} is no list of run ids")
    return tuple(value.split(","))
