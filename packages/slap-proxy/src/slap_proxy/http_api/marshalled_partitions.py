"""Marshals partitions, most of them by filling in a template.

What the document of a partition holds is decided by the rules and the wire alone. They copy nearly all texts
as they are; so they are asked once what a partition made of invented texts looks like, and wherever these
appear, the others of the same shape get their own. What is not copied (states, names of parameters, how many
addresses there are) makes the shape; what fits none is marshalled by itself.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from slap_domain.model.instance import ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.listed_partition import ListedPartition, listed_partition
from slap_domain.model.master.placement import SlotAddress
from slap_domain.model.place import Place
from slap_domain.model.references import (
    ComputerGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    SoftwareUrl,
)
from slap_domain.planning.master.assignment import Occupancy, assigned_partition
from slap_http_adapter.wire.assignment import partition_object
from slap_http_adapter.wire.marshal import dumps, dumps_fragment
from slap_http_adapter.wire.marshal_encoder import escaped
from slap_http_adapter.wire.values import WireObject

# As many shapes are remembered; more of them are nobody's software.
_SHAPES = 256
# What is longer has names of parameters that nobody else has, or texts that take longer than all else.
_LONGEST = 64 * 1024


def partition_document(occupancy: Occupancy) -> bytes:
    """Return a partition as a document of its own."""
    return dumps(_object(occupancy))


def partition_fragment(occupancy: Occupancy) -> bytes:
    """Return a partition as a fragment of its computer's document."""
    fragment = dumps_fragment(_object(occupancy), ids=f"p.{occupancy.slot.place.partition}.")
    return fragment.text.encode("ascii")


def _object(occupancy: Occupancy) -> WireObject:
    assigned = assigned_partition(occupancy.slot, occupancy.instance, occupancy.shared)
    return partition_object(occupancy.slot.place.computer, assigned)


class PartitionTemplates:
    """Marshals partitions that are listed, and remembers the templates of shapes that it saw twice.

    Any thread may ask; two that learn the same shape at once do so twice.
    """

    def __init__(self, marshal: Callable[[Occupancy], bytes], shapes: int = _SHAPES) -> None:
        """Take what marshals a partition by itself, and how many shapes are remembered."""
        self._marshal = marshal
        self._shapes = shapes
        self._seen: set[object] = set()
        # None: what the rules make of its texts cannot be copied.
        self._templates: dict[object, _Template | None] = {}

    def marshalled(
        self, computer: ComputerGuid, partition: ListedPartition, look_up: Callable[[Place], Occupancy]
    ) -> bytes:
        """Return what the partition looks like.

        Args:
            computer: whose partition it is.
            partition: as listed.
            look_up: gives all that is recorded of one.
        """
        shape = _shape(partition)
        template = self._templates.get(shape)
        filled = template.filled(computer, partition) if template is not None else None
        if filled is not None:
            return filled
        occupancy = look_up(Place(computer=computer, partition=partition.partition))
        text = self._marshal(occupancy)
        if shape is not None and len(text) <= _LONGEST:
            self._learn(shape, occupancy, text)
        return text

    def _learn(self, shape: object, example: Occupancy, text: bytes) -> None:
        if shape in self._templates:
            return
        if shape in self._seen:
            made, listed = self._template(example), _listed(example)
            copies = made.filled(example.slot.place.computer, listed) in {None, text}
            self._templates[shape] = made if copies else None
            return
        # The first may be the only one.
        if len(self._seen) >= self._shapes:
            self._seen.clear()
            self._templates.clear()
        self._seen.add(shape)

    def _template(self, example: Occupancy) -> "_Template":
        made = _Invention().like(example)
        document = self._marshal(made).decode("ascii")
        return _Template(document, _texts(made.slot.place.computer, _listed(made)))


def _listed(occupancy: Occupancy) -> ListedPartition:
    return listed_partition(occupancy.slot, occupancy.instance, shares=bool(occupancy.shared))


class _Template:
    """What the documents of one shape have in common.

    Args:
        document: of a partition made of invented texts.
        invented: these texts, as `_texts` returns them.
    """

    def __init__(self, document: str, invented: Sequence[str]) -> None:
        self._pieces = re.split(f"({'|'.join(invented)})", document)
        # One place more than needed: of a single one, itemgetter would not make a tuple.
        self._in_order = itemgetter(*map(invented.index, self._pieces[1::2]), 0)

    def filled(self, computer: ComputerGuid, partition: ListedPartition) -> bytes | None:
        """Return the document of a partition, None when one of its values is no text."""
        texts = _texts(computer, partition)
        try:
            together = " ".join(texts)
        except TypeError:
            return None
        # Looking once at all is quicker, and nearly always there is nothing to escape or to refuse.
        if not together.isprintable() or "&" in together or "<" in together or ">" in together:
            texts = list(map(escaped, texts))
        pieces = self._pieces.copy()
        pieces[1::2] = self._in_order(texts)[:-1]
        return "".join(pieces).encode("ascii", "xmlcharrefreplace")


def _shape(partition: ListedPartition) -> object:
    """Return what partitions with the same template have in common, None when there is no template."""
    instance = partition.instance
    if instance is None:
        return "free"
    if partition.shares or not partition.timestamp:
        return None
    if instance.report_state is ReportedState.ERROR and not _is_copied(instance.report_message):
        return None
    return (
        len(partition.addresses),
        not instance.root,
        instance.state,
        instance.report_state,
        tuple(instance.parameters),
        tuple(instance.connection),
        tuple(instance.filters),
    )


def _is_copied(message: str) -> bool:
    """Tell whether a message of an error is shown as it is."""
    return bool(message) and message == message.rstrip()


def _texts(computer: ComputerGuid, partition: ListedPartition) -> list[str]:
    """Return the texts that are copied."""
    name, _, timestamp, addresses, _, instance = partition
    if instance is None:
        return [computer, name]
    title, root, release, kind, _, parameters, connection, filters, report_state, message = instance
    texts: list[str] = [computer, name, str(timestamp), title, root or title, release, kind]
    for interface, address, _ in addresses:
        texts += (interface, address)
    for values in (parameters, connection, filters):
        # Whether they are texts is seen when they are filled in.
        texts += values.values()  # type: ignore[arg-type]
    if report_state is ReportedState.ERROR:
        texts.append(message)
    return texts


class _Invention:
    """Invents texts that nobody else could, all of one length."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(8)
        self._count = 0

    def like(self, example: Occupancy) -> Occupancy:
        """Return a partition of the same shape."""
        place = Place(computer=ComputerGuid(self._text()), partition=PartitionId(self._text()))
        addresses = tuple(
            SlotAddress(interface=self._text(), address=self._address()) for _ in example.slot.addresses
        )
        slot = replace(example.slot, place=place, addresses=addresses, timestamp=secrets.randbits(100))
        if example.instance is None:
            return Occupancy(slot=slot)
        return Occupancy(slot=slot, instance=self._instance(example.instance))

    def _instance(self, example: Instance) -> Instance:
        root = example.key.root and self._text()
        return replace(
            example,
            key=InstanceKey(title=InstanceTitle(self._text()), root=InstanceTitle(root)),
            release=SoftwareUrl(self._text()),
            type=SoftwareType(self._text()),
            parameters=self._values(example.parameters),
            connection=self._values(example.connection),
            filters=self._values(example.filters),
            report=replace(example.report, message=self._text()),
        )

    def _values(self, example: Mapping[str, object]) -> dict[str, object]:
        return {name: self._text() for name in example}

    def _text(self) -> str:
        self._count += 1
        return f"i{self._secret}{self._count:06}"

    def _address(self) -> str:
        # Nothing but an address may stand in its place.
        groups = re.findall("....", self._secret)
        self._count += 1
        return f"fd00:{':'.join(groups)}::{self._count:04x}"
