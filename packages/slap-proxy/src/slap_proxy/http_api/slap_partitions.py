"""The SLAP methods by which nodes, recipes and promises speak of one partition (wire-slap section 4.4)."""

from functools import partial

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.master.listed_partition import ListedPartition
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.model.references import computer_guid, instance_title, partition_id
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import listed_at, occupancy_at
from slap_domain.use_cases.master.report_instance import report_shared_error
from slap_http_adapter.wire.fields import wire_addresses
from slap_http_adapter.wire.marshal import dumps, loads_tree
from slap_http_adapter.wire.request import published_connection
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.http_api.exchange import Answer, Call, marshalled, text
from slap_proxy.http_api.least_used import LeastUsed
from slap_proxy.http_api.marshalled_partitions import PartitionTemplates, partition_document
from slap_proxy.status_views import partition_status
from slap_proxy.told_bangs import tell_bang

_REMEMBERED_BYTES = 8 * 1024**2
# What an answer takes besides its document.
_AROUND = 1024


def named_place(call: Call) -> Place:
    """Return the partition that a request is about.

    Raises:
        InvalidInput: it names none, or what cannot be one.
    """
    return Place(
        computer=computer_guid(call.required("computer_id")),
        partition=partition_id(call.required("computer_partition_id")),
    )


class SlapPartitions:
    """Answers what is said of one partition."""

    def __init__(self, converse: Converse, desk_for: DeskFor) -> None:
        self._converse = converse
        self._desk_for = desk_for
        self._templates = PartitionTemplates(partition_document)
        # No template fits those who serve shared instances, and any change gives them a new revision.
        self._sharers: LeastUsed[Place, tuple[int, bytes]] = LeastUsed(_REMEMBERED_BYTES)

    def register(self, call: Call) -> Answer:
        """Tell everything that the master wants of one partition; its fields have names of their own."""
        computer = computer_guid(call.required("computer_reference"))
        partition = partition_id(call.required("computer_partition_reference"))
        place = Place(computer=computer, partition=partition)
        listed, document = self._desk_for(call.caller).read(partial(self._told, place))
        if not listed.shares:
            return marshalled(document)
        given, size = (listed.revision, document), len(document) + _AROUND
        return marshalled(document, lambda: self._sharers.keep(place, given, size))

    def _told(self, place: Place, records: Records, occasion: Occasion) -> tuple[ListedPartition, bytes]:
        listed = listed_at(records, occasion, place)
        known = self._sharers.find(place) if listed.shares else None
        if known is not None and known[0] == listed.revision:
            return listed, known[1]
        look_up = partial(occupancy_at, records, occasion)
        return listed, self._templates.marshalled(place.computer, listed, look_up)

    def status(self, call: Call) -> Answer:
        """Tell what the node last said of an instance."""
        place = named_place(call)
        desk = self._desk_for(call.caller)
        return marshalled(
            dumps(desk.read(lambda records, occasion: partition_status(records, occasion, place)))
        )

    def started(self, call: Call) -> Answer:
        """Note that an instance runs."""
        return self._report(call, InstanceEvent.STARTED)

    def stopped(self, call: Call) -> Answer:
        """Note that an instance is stopped."""
        return self._report(call, InstanceEvent.STOPPED)

    def error(self, call: Call) -> Answer:
        """Note that an instance failed, or a shared instance that it serves."""
        reference = call.optional("slave_reference")
        if not reference:
            return self._report(call, InstanceEvent.ERROR)
        place, log = named_place(call), call.optional("error_log")
        self._desk_for(call.caller).write(
            lambda records, occasion: report_shared_error(records, occasion, place, reference, log)
        )
        return text("OK")

    def destroyed(self, call: Call) -> Answer:
        """Free a partition; a refusal is a normal answer that nodes repeat later (compat-notes 3.6)."""
        place = named_place(call)
        try:
            refusal = self._converse(call.caller).nodes.report_destroyed(place.computer, place.partition)
        except NotFound as unknown:
            refusal = unknown.message
        return text(refusal or "OK")

    def _report(self, call: Call, event: InstanceEvent) -> Answer:
        place = named_place(call)
        log = call.optional("error_log")
        self._converse(call.caller).nodes.report_instance(place.computer, place.partition, event, log)
        return text("OK")

    def bang(self, call: Call) -> Answer:
        """Have the whole tree of an instance processed again."""
        place, reason = named_place(call), call.optional("message")
        self._converse(call.caller).hosts.bang_instance(place.computer, place.partition, reason)
        tell_bang(str(place), reason)
        return text("OK")

    def publish(self, call: Call) -> Answer:
        """Take connection parameters of an instance, or of a shared instance that it serves."""
        self._converse(call.caller).instances.publish(published_connection(call.fields))
        return text("done")

    def rename(self, call: Call) -> Answer:
        """Give an instance another title; an unknown partition is told in a normal answer."""
        place = named_place(call)
        title = instance_title(call.required("new_name"))
        instances = self._converse(call.caller).instances
        try:
            instances.rename(place.computer, place.partition, title, call.optional("slave_reference"))
        except NotFound:
            return text(f"Unknown partition '{place.partition}' on '{place.computer}'")
        return text("done")

    def children(self, call: Call) -> Answer:
        """Take the titles that a partition requested during its last deployment."""
        place = named_place(call)
        titles = loads_tree(call.required("instance_reference_xml"))
        if not isinstance(titles, list | tuple) or not all(isinstance(title, str) for title in titles):
            raise InvalidInput("instance_reference_xml is no list of titles")
        nodes = self._converse(call.caller).nodes
        nodes.report_children(place.computer, place.partition, tuple(map(instance_title, titles)))
        return text("OK")

    def certificate(self, call: Call) -> Answer:
        """Give a partition its identity."""
        place = named_place(call)
        nodes = self._converse(call.caller).nodes
        identity = nodes.partition_certificate(place.computer, place.partition)
        return marshalled(dumps({"certificate": identity.certificate, "key": identity.key}))

    def tree_addresses(self, call: Call) -> Answer:
        """Tell the addresses of a whole tree, for the firewall of a node."""
        place = named_place(call)
        addresses = self._converse(call.caller).nodes.tree_addresses(place.computer, place.partition)
        return marshalled(dumps(wire_addresses(addresses)))
