"""The methods of the JSON API about computers and the releases on them (wire-hateoas B4)."""

import ipaddress
from typing import cast

from slap_domain.model.addresses import NetworkAddress
from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.master.caller import Caller
from slap_domain.model.references import ComputerGuid, computer_guid, partition_id, software_url
from slap_domain.model.software_release import SoftwareEvent, software_state
from slap_http_adapter.wire.marshal_decoder import parsed_xml
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.json_api.instance_views import Json, running_row
from slap_proxy.json_api.lookup import instances_of, releases_of
from slap_proxy.status_views import computer_status
from slap_proxy.told_bangs import tell_bang
from slap_proxy.trust.registration import Registration

_EVENTS = {
    "available": SoftwareEvent.AVAILABLE,
    "building": SoftwareEvent.BUILDING,
    "destroyed": SoftwareEvent.DESTROYED,
}


def success(title: str) -> Json:
    """Return what is answered when something was done."""
    return {"type": "success", "title": title}


def text_of(request: Json, name: str) -> str:
    """Return a property that the schema says is text."""
    return cast("str", request[name])


def computer_of(request: Json) -> ComputerGuid:
    """Return the computer a request is about.

    Raises:
        InvalidInput: it names what cannot be one.
    """
    return computer_guid(text_of(request, "computer_guid"))


class ComputerMethods:
    """Answers the methods about computers."""

    def __init__(self, converse: Converse, desk_for: DeskFor, registration: Registration) -> None:
        self._converse = converse
        self._desk_for = desk_for
        self._registration = registration

    def status(self, caller: Caller, request: Json) -> Json:
        """Tell how a computer is."""
        guid = computer_of(request)
        return self._desk_for(caller).read(lambda records, occasion: computer_status(records, occasion, guid))

    def certificate(self, caller: Caller, request: Json) -> Json:
        """Give a computer a new identity."""
        issued = self._registration.computer_certificate(caller, computer_of(request))
        return {"key": issued.key, "certificate": issued.certificate}

    def revoke(self, caller: Caller, request: Json) -> Json:
        """Make every identity of a computer invalid."""
        self._registration.revoke_computer(caller, computer_of(request))
        return success("Revoked")

    def supply(self, caller: Caller, request: Json) -> Json:
        """Ask that a computer has a release, or gets rid of it."""
        release = software_url(text_of(request, "software_release_uri"))
        state = software_state(cast("str", request.get("state", "available")))
        self._converse(caller).tenants.supply(release, computer_of(request), state)
        return success(f"Supplied {release} to be {state}")

    def list_releases(self, caller: Caller, request: Json) -> Json:
        """List the releases supplied to a computer."""
        guid = computer_of(request)
        found = self._desk_for(caller).read(lambda records, occasion: releases_of(records, occasion, guid))
        return {
            "result_list": [{"software_release_uri": each.url, "state": each.state.value} for each in found]
        }

    def report_release(self, caller: Caller, request: Json) -> Json:
        """Note how far a computer has come with a release."""
        event = _EVENTS[text_of(request, "reported_state")]
        release = software_url(text_of(request, "software_release_uri"))
        self._converse(caller).nodes.report_software(computer_of(request), release, event)
        return success("Destroyed" if event is SoftwareEvent.DESTROYED else "Reported")

    def report_release_error(self, caller: Caller, request: Json) -> Json:
        """Note that a release failed to build."""
        release = software_url(text_of(request, "software_release_uri"))
        message = text_of(request, "message")
        nodes = self._converse(caller).nodes
        nodes.report_software(computer_of(request), release, SoftwareEvent.ERROR, message)
        return success("Reported")

    def describe(self, caller: Caller, request: Json) -> Json:
        """Take the description of a formatted computer."""
        partitions = cast("list[Json]", request["compute_partition_list"])
        description = ComputerDescription(
            guid=computer_of(request), partitions=tuple(_partition(each) for each in partitions)
        )
        self._converse(caller).hosts.describe(description)
        return success("Formatted")

    def bang(self, caller: Caller, request: Json) -> Json:
        """Have every instance of a computer processed again."""
        computer, reason = computer_of(request), text_of(request, "message")
        self._converse(caller).hosts.bang_computer(computer, reason)
        tell_bang(computer, reason)
        return success("Bang handled")

    def use(self, caller: Caller, request: Json) -> Json:
        """Account consumption."""
        journal = text_of(request, "tioxml")
        parsed_xml(journal.encode("utf-8", "replace"), "tioxml")
        self._converse(caller).hosts.report_usage(computer_of(request), journal)
        return success("Reported")

    def list_instances(self, caller: Caller, request: Json) -> Json:
        """List what runs on a computer."""
        guid = computer_of(request)
        found = self._desk_for(caller).read(lambda records, occasion: instances_of(records, occasion, guid))
        return {"result_list": [running_row(each) for each in found]}

    def list_computers(self, caller: Caller, _: Json) -> Json:
        """List the caller's computers."""
        computers = self._converse(caller).tenants.list_computers()
        return {"result_list": [{"computer_guid": each.guid} for each in computers]}


def _partition(partition: Json) -> PartitionDescription:
    name = partition_id(text_of(partition, "partition_id"))
    addresses = cast("list[Json]", partition.get("ip_list", []))
    interfaces = [str(each["network-interface"]) for each in addresses if each.get("network-interface")]
    return PartitionDescription(
        id=name,
        addresses=tuple(_address(each) for each in addresses),
        interface=interfaces[0] if interfaces else name,
    )


def _address(address: Json) -> NetworkAddress:
    text = text_of(address, "ip-address")
    netmask = address.get("netmask")
    return NetworkAddress(address=text, netmask=str(netmask) if netmask else _single_host(text))


def _single_host(address: str) -> str:
    try:
        return str(ipaddress.ip_network(address).netmask)
    except ValueError:
        return address  # refused with the address itself
