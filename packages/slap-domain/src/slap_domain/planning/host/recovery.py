"""What the partitions of a computer tell of it when its record is gone."""

import json
from collections.abc import Callable
from itertools import count
from pathlib import PurePosixPath

from slap_domain.errors import Conflict, InvalidInput
from slap_domain.model.host.layout import ComputerLayout
from slap_domain.model.host.settings import FormatSettings
from slap_domain.planning.host.document import Document, recorded_layout
from slap_domain.planning.host.plan import RESOURCE_FILE


def recovered_layout(
    settings: FormatSettings, read: Callable[[PurePosixPath], str | None]
) -> ComputerLayout | None:
    """Return the layout that the partitions' own descriptions add up to, or None when there are none.

    Args:
        settings: where partitions are, and what they are called.
        read: returns a document that only the node can have written, or None.

    Raises:
        Conflict: a partition before the last one cannot be recognised.
        InvalidInput: a description is malformed.
    """
    found = _descriptions(settings, read)
    while found and found[-1] is None:
        found.pop()
    for number, description in enumerate(found):
        if description is None:
            raise _unknown(settings, number)
    if not found:
        return None
    return recorded_layout(
        {
            "reference": settings.computer,
            "interface": settings.interface,
            "ipv6_interface": settings.ipv6_interface,
            "software_user": settings.software_user,
            "partition_list": found,
        }
    )


def _descriptions(
    settings: FormatSettings, read: Callable[[PurePosixPath], str | None]
) -> list[Document | None]:
    found: list[Document | None] = []
    for number in count():
        description = _description(_path(settings, number), read)
        if description is None and number >= settings.partition_amount:
            return found
        found.append(description)
    return found


def _description(folder: PurePosixPath, read: Callable[[PurePosixPath], str | None]) -> Document | None:
    text = read(folder / RESOURCE_FILE)
    if text is None:
        return None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            f"{folder / RESOURCE_FILE} is malformed: {error}",
            hint="restore it, or the record of the computer",
        ) from error
    ours = isinstance(document, dict) and document.get("path") == str(folder)
    return document if ours else None


def _path(settings: FormatSettings, number: int) -> PurePosixPath:
    return settings.instance_root / f"{settings.partition_prefix}{number}"


def _unknown(settings: FormatSettings, number: int) -> Conflict:
    return Conflict(
        f"the record {settings.record} is gone, and nothing tells what {_path(settings, number)} has",
        hint=f"restore the record, maybe from {settings.record}.zip",
    )
