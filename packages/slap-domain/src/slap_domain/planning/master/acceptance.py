"""What a master takes from tenants: releases that a node could fetch, meaningful filters, and not too much.

Only what is new is judged. What was recorded before, perhaps by another implementation, can still be told to
nodes, asked for again and destroyed.
"""

import json
from collections.abc import Mapping
from math import isfinite
from urllib.parse import urlsplit

from slap_domain.errors import InvalidInput
from slap_domain.model.references import SoftwareUrl

_SCHEMES = frozenset({"http", "https", "ftp", "file"})
# Characters. A node is told all of it at every pass; real instances have a tenth of this.
SIZE_LIMIT = 1024 * 1024
_TEXTS = ("computer_guid", "instance_guid", "project_guid", "network_guid")
_HINT = "use an http, https, ftp or file URL, or the absolute path of a file on the node"


def check_release(release: SoftwareUrl) -> None:
    """Refuse a release that no node could fetch.

    Raises:
        InvalidInput: it is neither a URL of a known scheme, with a host where there must be one, nor an
            absolute path.
    """
    if release.startswith("/"):
        return
    if release.split() != [release] or not _names_something(release):
        raise InvalidInput(f"software release {release[:200]!r} cannot be fetched", hint=_HINT)


def _names_something(url: str) -> bool:
    try:
        parts = urlsplit(url)
        reachable = parts.hostname is not None and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and (reachable or (parts.scheme == "file" and parts.path.startswith("/")))


def check_filters(filters: Mapping[str, object]) -> None:
    """Refuse filters that could not be obeyed.

    Raises:
        InvalidInput: a reference is no text, the retention delay no number of days, or all are too long.
    """
    check_size("filters", filters)
    for name in _TEXTS:
        if not isinstance(filters.get(name) or "", str):
            raise InvalidInput(f"filter {name} is no text")
    delay = filters.get("retention_delay")
    if delay is not None and delay != "" and not _is_delay(delay):
        raise InvalidInput(
            f"filter retention_delay {str(delay)[:80]!r} is no number of days", hint="use 0 or more"
        )


def _is_delay(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        days = float(value)
    except (ValueError, OverflowError):
        return False
    return isfinite(days) and days >= 0


def check_size(what: str, values: Mapping[str, object]) -> None:
    """Refuse more than may be kept of one instance.

    Raises:
        InvalidInput: the names and the values together have too many characters.
    """
    size = sum(map(len, values)) + sum(map(_length, values.values()))
    if size > SIZE_LIMIT:
        raise InvalidInput(f"the {what} of one instance have {size} characters, the limit is {SIZE_LIMIT}")


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value))
