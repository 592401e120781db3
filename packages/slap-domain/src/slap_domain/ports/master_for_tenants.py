"""What a person, a recipe or a parent instance says to a master."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.references import ComputerGuid, InstanceTitle, SoftwareType, SoftwareUrl
from slap_domain.model.software_release import SoftwareState

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSummary:
    """A root instance in a list. A shared one may have the title of one that is not.

    Attributes:
        shared: None when the master does not tell.
    """

    title: InstanceTitle
    release: SoftwareUrl
    shared: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDescription:
    """A root instance, whole.

    Attributes:
        news: the last messages of its nodes, `#access…` or `#error…`; None when the master does not tell.
    """

    title: InstanceTitle
    release: SoftwareUrl
    type: SoftwareType
    state: InstanceState
    shared: bool = False
    parameters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    connection: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    news: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerSummary:
    """A computer in a list."""

    guid: ComputerGuid
    title: str


class MasterForTenants(Protocol):
    """The conversation of a tenant with a master.

    Order: none is required; `supply` may come before or after the computer is formatted.
    Idempotence: `supply` and `request` say how things shall be, so repeating either changes nothing; they may
    be retried after a failure.
    Raises, every method: `NotFound`, `InvalidInput`, `NotAllowed`, `MasterUnreachable`.
    """

    def supply(self, release: SoftwareUrl, computer: ComputerGuid, state: SoftwareState) -> None:
        """Ask that a computer has a release, or gets rid of it."""
        ...

    def request(self, request: InstanceRequest) -> RequestedInstance:
        """Ask for an instance and return what the master knows of it now.

        Raises:
            NoFreePartition: there is no room for it.
            NotReady: the master accepted it but has not allocated it yet.
        """
        ...

    def list_services(self) -> tuple[ServiceSummary, ...]:
        """Return the caller's roots that are not destroyed, by title; of two, the shared one last."""
        ...

    def describe_service(self, title: InstanceTitle) -> ServiceDescription:
        """Return one root instance."""
        ...

    def list_computers(self) -> tuple[ComputerSummary, ...]:
        """Return the computers of the caller, sorted by id."""
        ...

    def describe_computer(self, computer: ComputerGuid) -> ComputerSummary:
        """Return one computer."""
        ...

    def releases_of_product(self, product: str) -> tuple[SoftwareUrl, ...]:
        """Return the releases of a software product, best first; empty when the product is unknown."""
        ...
