"""Manager `whitelistfirewall`: partitions whose programs may speak to a few addresses only."""

import hashlib
from functools import cached_property

from slap_domain.errors import HostFailure
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.planning.node.firewall import whitelist_rules
from slap_domain.planning.node.partition_wishes import whitelisted_destinations
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.firewall.commands import FirewallCommands
from slap_node.firewall.records import own_record
from slap_node.firewall.settings import firewall_settings
from slap_node.managers.plugin import Manager

WISHES = ".slapos-whitelist-firewall"
CHECKSUM = ".slapos-whitelist-firewall.md5sum"
_CHAIN_LENGTH = 28  # what iptables allows


class WhitelistFirewall(Manager):
    """Keeps a chain of rules for what the partition's user sends."""

    def instance_ended(self, partition: HookedPartition) -> None:
        """Make the chain what the partition's recipes asked for; it goes with the instance."""
        place, instance = partition.place, partition.assigned.instance
        if instance is None:
            return
        text = guarded_files.read_text(place.path, WISHES)
        if instance.state is InstanceState.DESTROYED:
            text = None
        checksum = None if text is None else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        if checksum == _recorded(place):
            return
        if text is None:
            self._forget(place)
        else:
            self._apply(place, text)
        _record(place, checksum)

    def _apply(self, place: PartitionPlace, text: str) -> None:
        chain, uid = _chain(place), _uid(place)
        rules = whitelist_rules(chain, uid, whitelisted_destinations(text, str(place.path / WISHES)))
        commands = self._commands
        commands.add_chain(chain)
        commands.empty_chain(chain)
        for rule in rules:
            commands.add(rule)
        commands.reload()

    def _forget(self, place: PartitionPlace) -> None:
        chain, commands = _chain(place), self._commands
        # The last rule is the one that leads to the chain.
        commands.remove(whitelist_rules(chain, _uid(place), ())[-1])
        commands.empty_chain(chain)
        commands.remove_chain(chain)
        commands.reload()

    @cached_property
    def _commands(self) -> FirewallCommands:
        section = {**self.context.firewall, **self.context.section}
        settings = firewall_settings(section, f"section [manager:{self.context.name}]")
        return FirewallCommands(settings, self.context.run, self.context.cancel)


def _chain(place: PartitionPlace) -> str:
    chain = f"{place.id}-whitelist"
    if len(chain) > _CHAIN_LENGTH:
        raise HostFailure(
            f"{chain} is too long for the name of a firewall chain",
            hint=f"partition ids may have {_CHAIN_LENGTH - len('-whitelist')} characters with this manager",
        )
    return chain


def _uid(place: PartitionPlace) -> int:
    if place.account is None:
        raise HostFailure("manager whitelistfirewall needs root and partitions with users of their own")
    return place.account.uid


def _recorded(place: PartitionPlace) -> str | None:
    return own_record(place, CHECKSUM)


def _record(place: PartitionPlace, checksum: str | None) -> None:
    if checksum is None:
        guarded_files.remove(place.path, CHECKSUM)
    else:
        guarded_files.write_text(place.path, CHECKSUM, text=checksum)
