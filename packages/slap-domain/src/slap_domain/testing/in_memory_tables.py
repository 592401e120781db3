"""The tables of a registry in memory: mappings that can be taken back."""

from dataclasses import replace
from typing import Generic, TypeVar

from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import (
    CertificateRecord,
    ComputerRecord,
    ForwardedRequest,
    ReleaseRecord,
    TokenRecord,
    UsageRecord,
)
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, SoftwareUrl

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """A mapping that can be taken back to how it was when the work began."""

    def __init__(self) -> None:
        self._rows: dict[K, V] = {}
        self._before: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return a row, or None."""
        return self._rows.get(key)

    def every(self) -> tuple[V, ...]:
        """Return all rows, in the order of their first put."""
        return tuple(self._rows.values())

    def put(self, key: K, value: V) -> None:
        """Keep a row, new or known."""
        self._before.setdefault(key, self._rows.get(key))
        self._rows[key] = value

    def drop(self, key: K) -> None:
        """Forget a row."""
        if key in self._rows:
            self._before.setdefault(key, self._rows[key])
            del self._rows[key]

    def keep(self) -> None:
        """Make what changed last."""
        self._before.clear()

    def undo(self) -> None:
        """Take back what changed."""
        for key, value in self._before.items():
            if value is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = value
        self._before.clear()


class Tables:
    """All tables of a registry."""

    def __init__(self) -> None:
        self.computers = Table[ComputerGuid, ComputerRecord]()
        self.slots = Table[Place, Slot]()
        self.releases = Table[tuple[ComputerGuid, SoftwareUrl], ReleaseRecord]()
        self.instances = Table[int, Instance]()
        self.usage = Table[int, UsageRecord]()
        self.certificates = Table[str, CertificateRecord]()
        self.tokens = Table[str, TokenRecord]()
        self.forwarded = Table[ForwardedRequest, ForwardedRequest]()
        self.settings = Table[str, str]()
        self.last_number = 0

    def every(self) -> tuple[Table[object, object], ...]:
        """Return all tables."""
        return tuple(value for value in vars(self).values() if isinstance(value, Table))

    def touch(self, guid: ComputerGuid) -> None:
        """Note that something that a computer's assignment shows was changed."""
        record = self.computers.get(guid)
        if record is not None:
            self.computers.put(guid, replace(record, revision=record.revision + 1))

    def put_slot(self, slot: Slot) -> None:
        """Keep a partition; its revision grows, and never repeats one of a partition that is gone."""
        known, record = self.slots.get(slot.place), self.computers.get(slot.place.computer)
        assert record is not None, f"{slot.place.computer} does not exist"
        revision = (known.revision if known is not None else record.revision) + 1
        self.slots.put(slot.place, replace(slot, revision=revision))
        self.touch(slot.place.computer)

    def present(self, instance: Instance) -> Instance:
        """Return an instance with its slot as it is now."""
        if instance.slot is None:
            return instance
        return replace(instance, slot=self.slots.get(instance.slot.place))

    def instances_now(self) -> list[Instance]:
        """Return all instances with their slots as they are now."""
        return [self.present(instance) for instance in self.instances.every()]
