"""A whole master: the four conversations of the ports, for one caller, over a registry."""

from dataclasses import dataclass

from slap_domain.model.master.caller import ANYBODY, Caller
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.ports.clock import Clock
from slap_domain.ports.registry import Registry
from slap_domain.use_cases.master.converse_with_hosts import HostConversation
from slap_domain.use_cases.master.converse_with_instances import InstanceConversation
from slap_domain.use_cases.master.converse_with_nodes import NodeConversation
from slap_domain.use_cases.master.converse_with_tenants import TenantConversation
from slap_domain.use_cases.master.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """What a master says to one caller: each satisfies the port of its name."""

    tenants: TenantConversation
    nodes: NodeConversation
    hosts: HostConversation
    instances: InstanceConversation


class Master:
    """The rules of a master over a registry.

    Safe to use from several threads when the registry is.
    """

    def __init__(self, registry: Registry, clock: Clock, settings: MasterSettings | None = None) -> None:
        self._registry = registry
        self._clock = clock
        self._settings = settings or MasterSettings()

    def for_caller(self, caller: Caller = ANYBODY) -> Conversations:
        """Return the conversations of one caller."""
        desk = Desk(registry=self._registry, clock=self._clock, caller=caller, settings=self._settings)
        return Conversations(
            tenants=TenantConversation(desk),
            nodes=NodeConversation(desk),
            hosts=HostConversation(desk),
            instances=InstanceConversation(desk),
        )
