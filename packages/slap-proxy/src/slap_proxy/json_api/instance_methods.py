"""The methods of the JSON API about instances and their trees (wire-hateoas B4)."""

from typing import cast

from slap_domain.errors import Conflict, NotFound
from slap_domain.model.instance import InstanceEvent, InstanceRequest, RequestedInstance, instance_state
from slap_domain.model.master.caller import Caller
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.place import Place
from slap_domain.model.references import instance_title, partition_id, software_type, software_url
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.use_cases.master.report_instance import report_shared_error
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.json_api import lookup
from slap_proxy.json_api.computer_methods import computer_of, success, text_of
from slap_proxy.json_api.instance_views import Json, shared_row, unrecorded_instance, whole_instance
from slap_proxy.told_bangs import tell_bang


class InstanceMethods:
    """Answers the methods about instances."""

    def __init__(self, converse: Converse, desk_for: DeskFor) -> None:
        self._converse = converse
        self._desk_for = desk_for

    def request(self, caller: Caller, request: Json, requester: Place | None) -> Json:
        """Ask for an instance; without a state it shall be started."""
        wanted = InstanceRequest(
            title=instance_title(text_of(request, "title")),
            release=software_url(text_of(request, "software_release_uri")),
            type=software_type(text_of(request, "software_type")),
            parameters=cast("Json", request.get("parameters", {})),
            filters=cast("Json", request.get("sla_parameters", {})),
            state=instance_state(cast("str", request.get("state", "started"))),
            shared=cast("bool", request.get("shared", False)),
            requester=requester,
        )
        told = self._converse(caller).tenants.request(wanted)
        if told.partition is None or told.forwarded_to:
            return unrecorded_instance(told)
        return self._requested(caller, wanted, told)

    def _requested(self, caller: Caller, wanted: InstanceRequest, told: RequestedInstance) -> Json:
        place = wanted.requester or caller.place
        key = InstanceKey(title=told.title, shared=told.shared)
        try:
            instance = self._desk_for(caller).read(
                lambda records, occasion: lookup.child_of(records, occasion, key, place)
            )
        except NotFound:
            return unrecorded_instance(told)
        return whole_instance(instance)

    def show(self, caller: Caller, request: Json) -> Json:
        """Show an instance."""
        return whole_instance(self._named(caller, request))

    def show_partition(self, caller: Caller, request: Json) -> Json:
        """Show the instance of a partition."""
        partition = partition_id(text_of(request, "compute_partition_id"))
        place = Place(computer=computer_of(request), partition=partition)
        found = self._desk_for(caller).read(
            lambda records, occasion: lookup.instance_in(records, occasion, place)
        )
        return whole_instance(found)

    def show_tree(self, caller: Caller, request: Json) -> Json:
        """Show the root instance of a title."""
        title = instance_title(text_of(request, "title"))
        found = self._desk_for(caller).read(
            lambda records, occasion: lookup.root_titled(records, occasion, title)
        )
        return whole_instance(found)

    def list_trees(self, caller: Caller, _: Json) -> Json:
        """List the caller's root instances."""
        services = self._converse(caller).tenants.list_services()
        return {"result_list": [{"title": each.title} for each in services]}

    def list_shared(self, caller: Caller, request: Json) -> Json:
        """List the shared instances that an instance serves."""
        guid = text_of(request, "instance_guid")
        found = self._desk_for(caller).read(
            lambda records, occasion: lookup.shared_by(records, occasion, guid)
        )
        return {"result_list": [shared_row(each) for each in found]}

    def report_state(self, caller: Caller, request: Json) -> Json:
        """Note what became of an instance."""
        instance = self._named(caller, request)
        if instance.key.shared:
            return success("Ignored")
        place, nodes = _place(instance), self._converse(caller).nodes
        event = InstanceEvent(text_of(request, "reported_state"))
        if event is not InstanceEvent.DESTROYED:
            nodes.report_instance(place.computer, place.partition, event)
            return success("Reported")
        refusal = nodes.report_destroyed(place.computer, place.partition)
        if refusal:
            raise Conflict(refusal)
        return success("Destroyed")

    def bang(self, caller: Caller, request: Json) -> Json:
        """Have an instance and its tree processed again."""
        instance = self._named(caller, request)
        if instance.key.shared:
            raise Conflict("a shared instance is processed with the instance that serves it")
        place, reason = _place(instance), text_of(request, "message")
        self._converse(caller).hosts.bang_instance(place.computer, place.partition, reason)
        tell_bang(str(place), reason)
        return success("Bang handled")

    def report_error(self, caller: Caller, request: Json) -> Json:
        """Note that an instance failed."""
        instance = self._named(caller, request)
        place, message = _place(instance), text_of(request, "message")
        if instance.key.shared:
            self._desk_for(caller).write(
                lambda records, occasion: report_shared_error(
                    records, occasion, place, instance.reference, message
                )
            )
        else:
            nodes = self._converse(caller).nodes
            nodes.report_instance(place.computer, place.partition, InstanceEvent.ERROR, message)
        return success("Reported")

    def rename(self, caller: Caller, request: Json) -> Json:
        """Give an instance another title."""
        instance, title = self._named(caller, request), instance_title(text_of(request, "title"))
        place = _place(instance)
        reference = instance.reference if instance.key.shared else ""
        self._converse(caller).instances.rename(place.computer, place.partition, title, reference)
        return success("Renamed")

    def publish(self, caller: Caller, request: Json) -> Json:
        """Take connection parameters of an instance."""
        instance = self._named(caller, request)
        place = _place(instance)
        connection = PublishedConnection(
            computer=place.computer,
            partition=place.partition,
            parameters=cast("Json", request["connection_parameter_dict"]),
            shared_reference=instance.reference if instance.key.shared else "",
        )
        self._converse(caller).instances.publish(connection)
        return success("Updated")

    def certificate(self, caller: Caller, request: Json) -> Json:
        """Give an instance its identity."""
        place = _place(self._named(caller, request))
        identity = self._converse(caller).nodes.partition_certificate(place.computer, place.partition)
        return {"key": identity.key, "certificate": identity.certificate}

    def _named(self, caller: Caller, request: Json) -> Instance:
        guid = text_of(request, "instance_guid")
        return self._desk_for(caller).read(
            lambda records, occasion: lookup.instance_named(records, occasion, guid)
        )


def _place(instance: Instance) -> Place:
    if instance.slot is None:
        raise NotFound(f"instance {instance.key.title!r} runs nowhere")
    return instance.slot.place
