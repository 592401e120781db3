"""Requests for instances that were answered before, and whether the answer still stands.

Recipes repeat their requests at every pass of a node, and nearly always nothing has changed. An answer is a
function of the request, of the instance, of who requests it and of the root of their tree; whatever changes
one of these gives its partition a new revision. So an answer is given again when these revisions, read in one
transaction, are what they were in the transaction that made it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.caller import Caller
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.placement import Place
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.request_instance import request_instance, standing_answer

Key = tuple[Caller, str, bytes]
Witnesses = tuple[tuple[Place, int], ...]
_REMEMBERED = 8192
_LONGEST = 16 * 1024
_DIGEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An answer, and the revisions of the partitions that it depends on."""

    document: bytes
    witnesses: Witnesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a request finds unchanged, and the revisions of the partitions that say so."""

    told: RequestedInstance
    witnesses: Witnesses


class StandingAnswers:
    """Remembers answers; the least used are forgotten first."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._known: OrderedDict[Key, _Given] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Key, read: Callable[[Callable[[Records, Occasion], bool]], bool]) -> bytes | None:
        """Return the answer that was given before, None when there is none or it does not stand any more."""
        with self._lock:
            given = self._known.get(key)
            if given is None:
                return None
            self._known.move_to_end(key)
        witnesses = given.witnesses
        stands = read(
            lambda records, _: all(_revision(records, place) == number for place, number in witnesses)
        )
        return given.document if stands else None

    def keep(self, key: Key, document: bytes, witnesses: Witnesses) -> None:
        """Remember an answer."""
        if len(document) > _LONGEST:
            return
        with self._lock:
            self._known[key] = _Given(document=document, witnesses=witnesses)
            self._known.move_to_end(key)
            if len(self._known) > self._remembered:
                self._known.popitem(last=False)


def request_key(caller: Caller, header: str, body: bytes) -> Key:
    """Return what two equal requests have in common."""
    return caller, header, blake2b(body, digest_size=_DIGEST).digest()


def standing(records: Records, occasion: Occasion, request: InstanceRequest) -> Standing | None:
    """Return the answer to a request that changes nothing, None when something must change.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
    """
    told = standing_answer(records, occasion, request)
    if told is None or told.computer is None or told.partition is None:
        return None
    return Standing(told=told, witnesses=_witnesses(records, occasion, request, told))


def requested(records: Records, occasion: Occasion, request: InstanceRequest) -> Standing:
    """Make true what was requested; the answer is what an equal request gets next.

    Raises:
        NotAllowed: the caller may not request this.
        InvalidInput: the requester is not known, or a parameter is malformed.
        NoFreePartition: nothing has room for it.
    """
    told = request_instance(records, occasion, request)
    # What was destroyed is answered differently the next time.
    if told.state is InstanceState.DESTROYED:
        return Standing(told=told, witnesses=())
    return Standing(told=told, witnesses=_witnesses(records, occasion, request, told))


def _witnesses(
    records: Records, occasion: Occasion, request: InstanceRequest, told: RequestedInstance
) -> Witnesses:
    if told.computer is None or told.partition is None:
        return ()
    places = [Place(computer=told.computer, partition=told.partition)]
    requester = _requester(records, occasion, request)
    if requester is not None:
        root = requester if requester.key.is_root else records.instances.find(requester.key.root_key)
        places += [
            each.slot.place for each in (requester, root) if each is not None and each.slot is not None
        ]
    return witnesses_of(records, places)


def witnesses_of(records: Records, places: Iterable[Place]) -> Witnesses:
    """Return what says that nothing of these partitions has changed."""
    return tuple((place, _revision(records, place)) for place in dict.fromkeys(places))


def _requester(records: Records, occasion: Occasion, request: InstanceRequest) -> Instance | None:
    place = occasion.caller.place
    if request.requester is not None:
        place = Place(computer=request.requester.computer, partition=request.requester.partition)
    return records.instances.at(place) if place is not None else None


def _revision(records: Records, place: Place) -> int:
    slot = records.vacancies.slot(place)
    return slot.revision if slot is not None else -1
