"""The circumstances under which a master answers: who asks, when, and what its operator decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slap_domain.model.master.caller import Caller, CallerKind
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, SoftwareUrl

DEFAULT_COMPUTER = ComputerGuid("local_computer")
_NOTHING: Mapping[str, tuple[SoftwareUrl, ...]] = MappingProxyType({})
_NO_MEMBERSHIPS: Mapping[ComputerGuid, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterSettings:
    """What the operator of a master decided.

    Attributes:
        computer: the one that requests go to which name none; it answers even before it is formatted.
        products: releases of each software product, best first.
        memberships: of each computer, what it belongs to: a project and a network, by the name of the filter
            that chooses by it.
    """

    computer: ComputerGuid = DEFAULT_COMPUTER
    products: Mapping[str, tuple[SoftwareUrl, ...]] = field(default_factory=lambda: _NOTHING)
    memberships: Mapping[ComputerGuid, Mapping[str, str]] = field(default_factory=lambda: _NO_MEMBERSHIPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The circumstances of one request.

    Attributes:
        now: seconds since the epoch.
    """

    caller: Caller
    now: int
    settings: MasterSettings

    def asking_place(self, claimed: Place | None) -> Place | None:
        """Return the partition in whose name something is asked: the claimed one, else that of the caller.

        None: a person asks.
        """
        return claimed or self.caller.place

    @property
    def owner(self) -> str | None:
        """Return the user whose things the caller may see; None: everybody's."""
        return self.caller.user if self.caller.kind is CallerKind.USER else None
