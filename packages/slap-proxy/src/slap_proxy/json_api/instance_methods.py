"""The methods of the JSON API about instances and their trees (wire-hateoas B4)."""

from collections.abc import Callable
from typing import TypeVar, cast

from slap_domain.errors import Conflict, NotFound
from slap_domain.model.instance import InstanceEvent, InstanceRequest, RequestedInstance, instance_state
from slap_domain.model.master.caller import Caller
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.place import Place
from slap_domain.model.references import instance_title, partition_id, software_type, software_url
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.bang import bang_instance
from slap_domain.use_cases.master.publish_connection import is_published, publish_connection
from slap_domain.use_cases.master.rename_instance import rename_instance
from slap_domain.use_cases.master.report_instance import (
    allowed_instance,
    report_destroyed,
    report_instance,
    report_shared_error,
)
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.json_api import lookup
from slap_proxy.json_api.computer_methods import computer_of, success, text_of
from slap_proxy.json_api.instance_views import Json, shared_row, unrecorded_instance, whole_instance
from slap_proxy.told_bangs import tell_bang

T = TypeVar("T")


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
            lambda records, occasion: allowed_instance(records, occasion, place)
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
        event = InstanceEvent(text_of(request, "reported_state"))
        if event is InstanceEvent.DESTROYED:
            return self._report_destroyed(caller, request)

        def report(records: Records, occasion: Occasion, instance: Instance) -> str:
            if instance.key.shared:
                return "Ignored"
            report_instance(records, occasion, _place(instance), event, "")
            return "Reported"

        return success(self._change(caller, request, report))

    def _report_destroyed(self, caller: Caller, request: Json) -> Json:
        def report(records: Records, occasion: Occasion, instance: Instance) -> tuple[Place | None, str]:
            if instance.key.shared:
                return None, ""
            place = _place(instance)
            return place, report_destroyed(records, occasion, place)

        place, refusal = self._change(caller, request, report)
        if refusal:
            raise Conflict(refusal)
        if place is None:
            return success("Ignored")
        self._converse(caller).nodes.forget_identity(place)
        return success("Destroyed")

    def bang(self, caller: Caller, request: Json) -> Json:
        """Have an instance and its tree processed again."""

        def bang(records: Records, occasion: Occasion, instance: Instance) -> Place:
            if instance.key.shared:
                raise Conflict("a shared instance is processed with the instance that serves it")
            bang_instance(records, occasion, _place(instance))
            return _place(instance)

        place = self._change(caller, request, bang)
        tell_bang(str(place), text_of(request, "message"))
        return success("Bang handled")

    def report_error(self, caller: Caller, request: Json) -> Json:
        """Note that an instance failed."""
        message = text_of(request, "message")

        def report(records: Records, occasion: Occasion, instance: Instance) -> None:
            place = _place(instance)
            if instance.key.shared:
                report_shared_error(records, occasion, place, instance.reference, message)
            else:
                report_instance(records, occasion, place, InstanceEvent.ERROR, message)

        self._change(caller, request, report)
        return success("Reported")

    def rename(self, caller: Caller, request: Json) -> Json:
        """Give an instance another title."""
        title = instance_title(text_of(request, "title"))
        self._change(
            caller,
            request,
            lambda records, occasion, instance: rename_instance(
                records, occasion, _place(instance), title, _shared_reference(instance)
            ),
        )
        return success("Renamed")

    def publish(self, caller: Caller, request: Json) -> Json:
        """Take connection parameters of an instance; the same ones again are only read."""
        parameters, guid = (
            cast("Json", request["connection_parameter_dict"]),
            text_of(request, "instance_guid"),
        )

        def published(records: Records, occasion: Occasion) -> bool:
            instance = lookup.instance_named(records, occasion, guid)
            return is_published(records, occasion, _connection(instance, parameters))

        if not self._desk_for(caller).read(published):
            self._change(
                caller,
                request,
                lambda records, occasion, instance: publish_connection(
                    records, occasion, _connection(instance, parameters)
                ),
            )
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

    def _change(self, caller: Caller, request: Json, change: Callable[[Records, Occasion, Instance], T]) -> T:
        """Find what a request names and change it in one piece of work.

        Between two, another instance could get its partition.
        """
        guid = text_of(request, "instance_guid")

        def work(records: Records, occasion: Occasion) -> T:
            return change(records, occasion, lookup.instance_named(records, occasion, guid))

        return self._desk_for(caller).write(work)


def _place(instance: Instance) -> Place:
    if instance.slot is None:
        raise NotFound(f"instance {instance.key.title!r} runs nowhere")
    return instance.slot.place


def _shared_reference(instance: Instance) -> str:
    return instance.reference if instance.key.shared else ""


def _connection(instance: Instance, parameters: Json) -> PublishedConnection:
    place = _place(instance)
    return PublishedConnection(
        computer=place.computer,
        partition=place.partition,
        parameters=parameters,
        shared_reference=_shared_reference(instance),
    )
