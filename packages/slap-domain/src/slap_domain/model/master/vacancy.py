"""What is wished of the place for a new instance."""

from dataclasses import dataclass

from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, SoftwareType, SoftwareUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWish:
    """A wish for a free partition.

    Attributes:
        computer: the only one that will do; None: any.
        supplied: a release that the computer must have been supplied with; None: any computer will do.
        owner: the user whose computers will do, besides those that are everybody's; None: all computers.
    """

    computer: ComputerGuid | None = None
    supplied: SoftwareUrl | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharerWish:
    """A wish for an instance that can serve a shared one.

    Attributes:
        type: None: any.
        computer, place: the only ones that will do; None: any.
        owner: as in SlotWish.
    """

    release: SoftwareUrl
    type: SoftwareType | None = None
    computer: ComputerGuid | None = None
    place: Place | None = None
    owner: str | None = None
