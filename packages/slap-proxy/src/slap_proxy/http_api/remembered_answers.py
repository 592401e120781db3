"""Answers that were given before, and whether they still stand.

Whatever changes what is told of a partition gives it a new revision. So an answer is given again when the
revisions of the partitions that it depends on, its witnesses, read in one transaction, are what they were in
the transaction that made it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from slap_domain.model.master.caller import Caller
from slap_domain.model.place import Place
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.desk import Desk
from slap_proxy.http_api.least_used import LeastUsed

Key = tuple[Caller, str, bytes]
Witnesses = tuple[tuple[Place, int], ...]
_REMEMBERED_BYTES = 24 * 1024**2
# What an answer takes besides its document.
_AROUND = 1024
_LONGEST = 16 * 1024
_DIGEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An answer, and the revisions of the partitions that it depends on."""

    document: bytes
    witnesses: Witnesses


class RememberedAnswers:
    """Remembers answers; the least used are forgotten first."""

    def __init__(self, most_bytes: int = _REMEMBERED_BYTES) -> None:
        self._known: LeastUsed[Key, _Given] = LeastUsed(most_bytes)

    def find(self, key: Key, desk: Desk) -> bytes | None:
        """Return the answer that was given before, None when there is none or it does not stand any more."""
        given = self._known.find(key)
        if given is None:
            return None
        witnesses = given.witnesses
        stands = desk.read(
            lambda records, _: all(_revision(records, place) == number for place, number in witnesses)
        )
        return given.document if stands else None

    def keep(self, key: Key, document: bytes, witnesses: Witnesses) -> None:
        """Remember an answer."""
        if len(document) > _LONGEST:
            return
        size = len(document) + len(key[1]) + _AROUND
        self._known.keep(key, _Given(document=document, witnesses=witnesses), size)


def request_key(caller: Caller, header: str, body: bytes) -> Key:
    """Return what two equal requests have in common."""
    return caller, header, blake2b(body, digest_size=_DIGEST).digest()


def witnesses_of(records: Records, places: Iterable[Place]) -> Witnesses:
    """Return what says that nothing of these partitions has changed."""
    return tuple((place, _revision(records, place)) for place in dict.fromkeys(places))


def _revision(records: Records, place: Place) -> int:
    revision = records.vacancies.revision(place)
    return revision if revision is not None else -1
