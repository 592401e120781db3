"""Marshals the partitions of a computer, most of them by filling in a template.

What the document of a partition holds is decided by the rules and the wire alone. They copy nearly all texts
as they are; so they are asked once what a partition made of invented texts looks like, and wherever these
appear, the others of the same shape get their own. What is not copied (states, names of parameters, how many
addresses there are) makes the shape; what fits none is marshalled by itself.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from slap_domain.model.instance import ReportedState
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.listed_partition import ListedPartition, listed_partition
from slap_domain.model.master.placement import SlotAddress
from slap_domain.model.place import Place
from slap_domain.model.references import InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.planning.master.assignment import Occupancy, assigned_partition
from slap_http_adapter.wire.assignment import partition_object
from slap_http_adapter.wire.marshal import dumps_fragment
from slap_http_adapter.wire.marshal_encoder import escaped


def marshalled_partition(occupancy: Occupancy) -> bytes:
    """Return a partition as a fragment of its computer's document."""
    assigned = assigned_partition(occupancy.slot, occupancy.instance, occupancy.shared)
    fragment = dumps_fragment(
        partition_object(occupancy.slot.place.computer, assigned), ids=f"p.{assigned.id}."
    )
    return fragment.text.encode("ascii")


def marshalled_partitions(
    partitions: Iterable[ListedPartition], look_up: Callable[[PartitionId], Occupancy]
) -> Iterator[bytes]:
    """Return each of many partitions of one computer as a fragment of its document.

    Args:
        partitions: as listed.
        look_up: gives all that is recorded of one.
    """
    templates: dict[object, _Template | None] = {}
    seen: set[object] = {None}
    for each in partitions:
        shape = _shape(each)
        template = templates.get(shape)
        text = template.filled(each) if template is not None else None
        if text is None:
            occupancy = look_up(each.partition)
            text = marshalled_partition(occupancy)
            if shape in seen and shape is not None and shape not in templates:
                made = _template(occupancy)
                # Should a rule ever make something of a text, what it makes cannot be copied.
                templates[shape] = made if made.filled(each) in {None, text} else None
            # The first may be the only one.
            seen.add(shape)
        yield text


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

    def filled(self, partition: ListedPartition) -> bytes | None:
        """Return the document of a partition, None when one of its values is no text."""
        texts = _texts(partition)
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


def _texts(partition: ListedPartition) -> list[str]:
    """Return the texts that are copied."""
    name, _, timestamp, addresses, _, instance = partition
    if instance is None:
        return [name]
    title, root, release, kind, _, parameters, connection, filters, report_state, message = instance
    texts: list[str] = [name, str(timestamp), title, root or title, release, kind]
    for interface, address, _ in addresses:
        texts += (interface, address)
    for values in (parameters, connection, filters):
        # Whether they are texts is seen when they are filled in.
        texts += values.values()  # type: ignore[arg-type]
    if report_state is ReportedState.ERROR:
        texts.append(message)
    return texts


def _template(example: Occupancy) -> _Template:
    made = _Invention().like(example)
    listed = listed_partition(made.slot, made.instance, shares=False)
    return _Template(marshalled_partition(made).decode("ascii"), _texts(listed))


class _Invention:
    """Invents texts that nobody else could, all of one length."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(8)
        self._count = 0

    def like(self, example: Occupancy) -> Occupancy:
        """Return a partition of the same shape."""
        place = Place(computer=example.slot.place.computer, partition=PartitionId(self._text()))
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
