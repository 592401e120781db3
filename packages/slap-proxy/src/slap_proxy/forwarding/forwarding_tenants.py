"""The conversation with tenants of a master that lets others answer part of what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from slap_domain.errors import RequestRefused
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import ForwardedRequest
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId
from slap_domain.planning.master.instance_change import requested_key
from slap_domain.planning.master.permission import check_tenant
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.converse_with_tenants import TenantConversation
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.request_instance import asking_instance
from slap_proxy.configured_sections import Frontend, OtherMaster
from slap_proxy.forwarding.frontends import frontend_answer
from slap_proxy.forwarding.other_masters import OtherMasters, RunIdOf

Ask = Callable[[OtherMaster, InstanceRequest], RequestedInstance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Who answers besides this master.

    Attributes:
        ask: requests something from another master.
        run_id_of: asks another master for its run id.
    """

    frontends: tuple[Frontend, ...]
    masters: OtherMasters
    ask: Ask
    run_id_of: RunIdOf


class ForwardingTenantConversation(TenantConversation):
    """Serves `MasterForTenants` to one caller."""

    def __init__(self, desk: Desk, elsewhere: Elsewhere) -> None:
        super().__init__(desk)
        self._counter = desk
        self._elsewhere = elsewhere

    def request(self, request: InstanceRequest) -> RequestedInstance:
        """Ask for an instance: of a frontend, of another master, or, as always when it is known, here."""
        asker = self._counter.read(lambda records, occasion: _asker_elsewhere(records, occasion, request))
        if asker is None:
            return super().request(request)
        answered = frontend_answer(self._elsewhere.frontends, request)
        if answered is not None:
            return answered
        master = self._elsewhere.masters.for_request(request, self._elsewhere.run_id_of)
        if master is None:
            filters = {name: value for name, value in request.filters.items() if name != "master_url"}
            return super().request(replace(request, filters=filters))
        return self._forward(master, request, asker)

    def _forward(self, master: OtherMaster, request: InstanceRequest, asker: str) -> RequestedInstance:
        forwarded = _as_forwarded(master, self._elsewhere.masters.handed_on(request), asker)
        note = ForwardedRequest(title=forwarded.title, master_url=master.url)
        # Noted before it is asked: what another master runs for us must not be forgotten, even when its
        # answer is lost. What it refuses at the first time, it does not run. Nearly every request is a
        # repeated one, for which looking is enough.
        is_new = not self._is_noted(note) and self._counter.write(
            lambda records, _: records.forwards.add(note)
        )
        try:
            told = self._elsewhere.ask(master, forwarded)
        except RequestRefused:
            if is_new:
                self._counter.write(lambda records, _: records.forwards.remove(note))
            raise
        if request.state is InstanceState.DESTROYED:
            self._counter.write(lambda records, _: records.forwards.remove(note))
        elif not is_new and not self._is_noted(note):
            # Who asked first, at the same time, may have been refused and so have removed it.
            self._counter.write(lambda records, _: records.forwards.add(note))
        return replace(told, title=request.title, forwarded_to=told.forwarded_to or master.url)

    def _is_noted(self, note: ForwardedRequest) -> bool:
        return self._counter.read(lambda records, _: records.forwards.holds(note))


def _asker_elsewhere(records: Records, occasion: Occasion, request: InstanceRequest) -> str | None:
    """Return by which name others know who asks, None when the instance is allocated here.

    To the other master all requests come from this one: were the owner not in the name, users would reach
    what it runs for each other. An open master knows no owners, and says what all masters say.

    Raises:
        NotAllowed: the caller may not request it.
        InvalidInput: the requester is not known.
    """
    requester = asking_instance(records, occasion, request)
    if requester is None:
        check_tenant(occasion.caller)
    if records.instances.find(requested_key(request, requester)) is not None:
        return None
    place = occasion.asking_place(request.requester)
    asker = place.partition if place is not None else "user"
    owner = requester.owner if requester is not None else occasion.caller.user
    # What is quoted holds no colon, and neither does a partition: no two owners share a name.
    return f"{quote(owner, safe='')}:{asker}" if owner else asker


def _as_forwarded(master: OtherMaster, request: InstanceRequest, asker: str) -> InstanceRequest:
    title = InstanceTitle(f"{asker}_{request.title}")
    filters = {name: value for name, value in request.filters.items() if name != "master_url"}
    requester = None
    if master.computer and master.partition:
        requester = Place(computer=ComputerGuid(master.computer), partition=PartitionId(master.partition))
    else:
        filters["source_instance_id"] = title
    return replace(request, title=title, filters=filters, requester=requester)
