"""Taking over the database of an existing proxy (schema versions 10 to 18).

Its tables carry the version in their names. What every version has is in the columns that are there: the
reader takes what it finds and knows what an absent column means (wire-slap section 9, compat-notes 5.2).
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slap_domain.model.master.placement import SlotAddress
from slap_domain.model.references import ComputerGuid

Fields = Mapping[str, str | float | None]

OLDEST, NEWEST = 10, 18
ROOT_TITLES_SINCE = 17
_REQUIRED = ("software", "computer", "partition", "slave", "partition_network")
_KNOWN = (*_REQUIRED, "forwarded_partition_request", "local_software_release_root", "config")
_ALWAYS = ("software", "partition")
_NAME = re.compile(r"([a-z_]+?)(\d+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldDatabase:
    """What an existing proxy recorded, row by row.

    Attributes:
        addresses: of each computer and partition.
        settings: what it remembered by name.
    """

    version: int
    tables: tuple[str, ...]
    computers: tuple[Fields, ...] = ()
    releases: tuple[Fields, ...] = ()
    partitions: tuple[Fields, ...] = ()
    shared: tuple[Fields, ...] = ()
    forwarded: tuple[Fields, ...] = ()
    addresses: Mapping[tuple[str, str], tuple[SlotAddress, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def old_version(tables: Iterable[str]) -> int | None:
    """Return the schema version of an existing proxy's tables; None when they are not an existing proxy's.

    Versions newer than those we know may have other tables besides: a few must do to tell them.
    """
    found: defaultdict[int, set[str]] = defaultdict(set)
    for table in tables:
        match = _NAME.match(table)
        found[int(match[2]) if match else -1].add(match[1] if match else table)
    version = max(found, default=-1)
    if version > NEWEST:
        return version if found[version].issuperset(_ALWAYS) else None
    known = all(bases <= set(_KNOWN) for bases in found.values())
    return version if known and found[version].issuperset(_REQUIRED) else None


def read_old(
    connection: sqlite3.Connection, tables: frozenset[str], version: int, computer: ComputerGuid
) -> OldDatabase:
    """Read everything that an existing proxy recorded.

    Args:
        connection: to its database.
        tables: of that database.
        version: of its schema.
        computer: what a version that knew only one computer calls it.
    """
    reader = _Reader(connection, tables, version, computer)
    return OldDatabase(
        version=version,
        tables=tuple(sorted(tables)),
        computers=reader.rows("computer", {"reference": computer}),
        releases=reader.rows("software", {"computer_reference": computer}),
        partitions=reader.rows("partition", {"computer_reference": computer}),
        shared=reader.rows("slave", {"computer_reference": computer}),
        forwarded=reader.rows("forwarded_partition_request", {}),
        addresses=reader.addresses(),
        settings=reader.settings(),
    )


class _Reader:
    """Reads the tables of one version."""

    def __init__(
        self, connection: sqlite3.Connection, tables: frozenset[str], version: int, computer: ComputerGuid
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._version = version
        self._computer = computer

    def rows(self, base: str, absent: Mapping[str, str]) -> tuple[Fields, ...]:
        """Return the rows of a table in the order in which they were made; columns that are absent filled."""
        table = f"{base}{self._version}"
        if table not in self._tables:
            return ()
        # The name of a table cannot be a bound value; it was matched against those that are known.
        cursor = self._connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - of our own list
        names = [column[0] for column in cursor.description]
        return tuple({**absent, **dict(zip(names, row, strict=True))} for row in cursor)

    def addresses(self) -> Mapping[tuple[str, str], tuple[SlotAddress, ...]]:
        """Return the addresses of every partition."""
        found: defaultdict[tuple[str, str], list[SlotAddress]] = defaultdict(list)
        for row in self.rows("partition_network", {"computer_reference": self._computer}):
            address = SlotAddress(
                interface=text_of(row, "reference"),
                address=text_of(row, "address"),
                netmask=text_of(row, "netmask"),
            )
            found[text_of(row, "computer_reference"), text_of(row, "partition_reference")].append(address)
        return {place: tuple(addresses) for place, addresses in found.items()}

    def settings(self) -> Mapping[str, str]:
        """Return what was remembered by name."""
        roots = [text_of(row, "path") for row in self.rows("local_software_release_root", {})]
        remembered = {"local_software_release_root": roots[-1]} if roots else {}
        return remembered | {text_of(row, "name"): text_of(row, "value") for row in self.rows("config", {})}


def text_of(row: Fields, name: str) -> str:
    """Return a column as text; empty when it is absent or NULL."""
    value = row.get(name)
    return "" if value is None else str(value)
