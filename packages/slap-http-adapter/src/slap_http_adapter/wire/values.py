"""The values that travel in the marshal dialect besides Python's own, and what a document may hold."""

from dataclasses import dataclass, field

from slap_domain.errors import InvalidInput

WIRE_MODULE = "slapos.slap.slap"
WIRE_CLASSES = frozenset({"Computer", "ComputerPartition", "SoftwareRelease", "SoftwareInstance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WireObject:
    """An object of one of the four classes that may travel (wire-slap 2.2).

    Readers look into `state` first and fall back to `initargs`.

    Attributes:
        state: attribute name to value; a dictionary, because a decoder fills it while it reads and the
            document may refer back to the object from inside.

    Raises:
        InvalidInput: the class is another one.
    """

    class_name: str
    initargs: tuple[object, ...] = ()
    state: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse any other class."""
        if self.class_name not in WIRE_CLASSES:
            raise InvalidInput(f"class {self.class_name[:80]!r} may not travel in a marshalled document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A value that is marshalled already; an encoder copies its text.

    A fragment never refers to what is outside it, and its ids do not collide with those of a document or
    of a fragment made with another prefix, so fragments can be cached and joined by copying.

    Attributes:
        text: one element of the dialect, pure ASCII.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a document may hold.

    Attributes:
        size: bytes.
        elements: elements, references included.
        depth: how deeply values may be nested.
    """

    size: int = 32 * 1024 * 1024
    elements: int = 1_000_000
    depth: int = 100


# A master's answer about a whole computer grows with its partitions; 10,000 busy ones take about 22 MiB.
ANSWER_LIMITS = Limits(size=256 * 1024 * 1024, elements=8_000_000)
REQUEST_LIMITS = Limits()
