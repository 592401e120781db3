"""An instance as the master records it, and its place in a tree of instances."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from slap_domain.model.instance import InstanceState, ReportedState
from slap_domain.model.master.placement import Slot, stamped_slot
from slap_domain.model.references import InstanceTitle, SoftwareType, SoftwareUrl

NO_ROOT: Final = InstanceTitle("")
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceKey:
    """What identifies an instance: its title within its tree.

    A tree is a root and every instance whose `root` is the root's title, however deep the requests were
    nested (wire-slap section 6). Shared instances have titles of their own.

    Attributes:
        root: title of the root of the tree; empty for a root itself.
    """

    title: InstanceTitle
    root: InstanceTitle = NO_ROOT
    shared: bool = False

    @property
    def is_root(self) -> bool:
        """Tell whether a person, not an instance, asked for it."""
        return not self.root

    @property
    def tree(self) -> InstanceTitle:
        """Return the title of the root of the tree."""
        return self.root or self.title

    @property
    def root_key(self) -> "InstanceKey":
        """Return the key of the tree's root; of itself for a root."""
        return InstanceKey(title=self.root) if self.root else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the node last said of an instance.

    Attributes:
        at: seconds since the epoch; 0 when nothing was said yet.
    """

    state: ReportedState = ReportedState.UNKNOWN
    message: str = ""
    at: int = 0

    @property
    def access_status(self) -> str:
        """Return it as nodes and people read it: `#access …`, `#error …`, or empty when nothing was said."""
        if self.state is ReportedState.UNKNOWN:
            return ""
        if self.state is ReportedState.ERROR:
            return f"#error {self.message}".rstrip()
        return f"#access Instance correctly {self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance as the master records it.

    Attributes:
        number: given by the registry at the first save and never again; 0 before.
        owner: the user whose tree it is; empty in an open master.
        asked: the state last asked of it.
        state: what it shall be: the asked one, as far as its root allowed when it was asked.
        slot: where it runs; for a shared instance, the partition of its sharer. None: allocated nowhere.
        requester: number of the instance that last requested it; None for a person.
        reference: the text by which the sharer of a shared instance names it; unique, and kept when the
            instance is renamed. Empty for other instances.
        related: titles of what it requested during its last deployment, as its node told.
    """

    key: InstanceKey
    release: SoftwareUrl
    type: SoftwareType
    number: int = 0
    owner: str = ""
    asked: InstanceState = InstanceState.STARTED
    state: InstanceState = InstanceState.STARTED
    parameters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    filters: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    connection: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    slot: Slot | None = None
    requester: int | None = None
    report: Report = Report()
    reference: str = ""
    related: tuple[InstanceTitle, ...] = ()

    def stamped(self, now: int) -> "Instance":
        """Return it with a timestamp that makes its node process it again; unplaced, it stays as it is."""
        if self.slot is None:
            return self
        # What its node said was of what was asked before: it is neither ready nor in error now.
        return replace(self, slot=stamped_slot(self.slot, now), report=Report())


def tree_destruction_refusal(children: tuple[InstanceTitle, ...]) -> str:
    """Return the words that refuse to free a root while children remain (wire-slap section 6)."""
    names = ", ".join(sorted(children))
    return f"Not destroying yet because this partition has child partitions: {names}"
