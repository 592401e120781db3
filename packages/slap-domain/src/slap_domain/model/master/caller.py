"""Who speaks to a master, as far as the master could establish."""

from dataclasses import dataclass
from enum import StrEnum

from slap_domain.errors import InvalidInput
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid


class CallerKind(StrEnum):
    """The kinds of callers."""

    ANYBODY = "anybody"
    OPERATOR = "operator"
    USER = "user"
    COMPUTER = "computer"
    PARTITION = "partition"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller of a master.

    Attributes:
        kind: anybody means that the master is open and asks nobody who they are; a stranger showed no
            certificate to a master that wants one; the operator works on the master's own machine.
        user: name of the user; set for users.
        computer: set for computers.
        place: set for partitions.
    """

    kind: CallerKind
    user: str = ""
    computer: ComputerGuid | None = None
    place: Place | None = None

    def __post_init__(self) -> None:
        """Refuse a caller that does not say who it is."""
        said = {
            CallerKind.USER: bool(self.user),
            CallerKind.COMPUTER: self.computer is not None,
            CallerKind.PARTITION: self.place is not None,
        }
        if not said.get(self.kind, True):
            raise InvalidInput(f"a caller of kind {self.kind} has no name")

    @property
    def is_trusted(self) -> bool:
        """Tell whether the caller may do everything."""
        return self.kind in (CallerKind.ANYBODY, CallerKind.OPERATOR)

    def describe(self) -> str:
        """Return words for messages."""
        name = self.user or self.computer or (str(self.place) if self.place else "")
        return f"{self.kind} {name}".strip()


ANYBODY = Caller(kind=CallerKind.ANYBODY)
OPERATOR = Caller(kind=CallerKind.OPERATOR)
STRANGER = Caller(kind=CallerKind.STRANGER)


def user(name: str) -> Caller:
    """Return the caller that is a user."""
    return Caller(kind=CallerKind.USER, user=name)


def computer(guid: ComputerGuid) -> Caller:
    """Return the caller that is a computer."""
    return Caller(kind=CallerKind.COMPUTER, computer=guid)


def partition(place: Place) -> Caller:
    """Return the caller that is a partition."""
    return Caller(kind=CallerKind.PARTITION, place=place)
