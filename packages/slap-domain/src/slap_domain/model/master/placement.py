"""Where an instance runs: a partition of a computer, as the master records it."""

from dataclasses import dataclass, replace

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAddress:
    """An address of a partition with its netmask and the interface that carries it."""

    interface: str
    address: str
    netmask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A partition as the master records it, busy or free.

    Attributes:
        position: partitions of a computer are given out and listed in this order.
        timestamp: seconds; grows by at least one whenever the partition must be processed again. It
            outlives the instance, so that the next one cannot repeat a value that the node has seen.
        busy: an instance is allocated here.
        revision: grows whenever anything that the node sees of the partition has changed; the registry's own.
    """

    place: Place
    position: int
    addresses: tuple[SlotAddress, ...] = ()
    timestamp: int = 0
    busy: bool = False
    revision: int = 0

    def __post_init__(self) -> None:
        """Refuse a position or a time before the first."""
        if self.position < 0 or self.timestamp < 0:
            raise InvalidInput(f"partition {self.place}: position and timestamp cannot be negative")

    @property
    def interface_addresses(self) -> tuple[InterfaceAddress, ...]:
        """Return the addresses as tenants and recipes see them."""
        return tuple(
            InterfaceAddress(interface=each.interface, address=each.address) for each in self.addresses
        )


def next_timestamp(previous: int, now: int) -> int:
    """Return the timestamp of a change: whole seconds that strictly grow (compat-notes 4.1)."""
    return max(now, previous + 1)


def stamped_slot(slot: Slot, now: int) -> Slot:
    """Return a partition with a timestamp that makes its node process it again."""
    return replace(slot, timestamp=next_timestamp(slot.timestamp, now))
