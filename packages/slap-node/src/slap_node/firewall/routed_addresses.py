"""The rules that guard the routed addresses of partitions (node-conventions section 8)."""

from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.node.firewall import firewall_rules, firewall_wish, routed_addresses, rule_changes
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.firewall.commands import FirewallCommands
from slap_node.firewall.records import PENDING, RecordedRules, own_record
from slap_node.firewall.settings import FirewallSettings


class RoutedAddressFirewall:
    """Guards the routed addresses of partitions: all of a partition's rules are one record."""

    def __init__(
        self,
        settings: FirewallSettings,
        master: MasterForNodes,
        computer: ComputerGuid,
        commands: FirewallCommands,
    ) -> None:
        self._settings = settings
        self._master = master
        self._computer = computer
        self._commands = commands

    def apply(self, partition: HookedPartition) -> None:
        """Make the rules of a partition what its instance asks for.

        Raises:
            DeploymentFailed: what it asks for is malformed.
            HostFailure: the firewall does not do it.
            MasterUnreachable: the addresses of the instance's tree are not known.
        """
        instance = partition.assigned.instance
        guarded = routed_addresses(_addresses(instance)) if instance is not None else ()
        wanted: tuple[str, ...] = ()
        if instance is not None and guarded:
            tree = self._master.tree_addresses(self._computer, partition.place.id)
            wanted = firewall_rules(guarded, tree, self._settings.authorized, firewall_wish(instance.filters))
        self._change(partition.place, wanted)

    def remove(self, partition: HookedPartition) -> None:
        """Remove the rules of a partition.

        Raises:
            HostFailure: the firewall does not do it.
        """
        self._change(partition.place, ())

    def _change(self, place: PartitionPlace, wanted: tuple[str, ...]) -> None:
        record = RecordedRules(place)
        recorded = record.read()
        changes = rule_changes(wanted, recorded)
        interrupted = own_record(place, PENDING) is not None
        if not changes.add and not changes.remove and not interrupted:
            return
        # Until all is done the record holds the old and the new, and the mark says that some may be missing.
        guarded_files.write_text(place.path, PENDING, text="")
        record.write((*recorded, *changes.add))
        for rule in wanted if interrupted else changes.add:
            self._commands.add(rule)
        for rule in changes.remove:
            self._commands.remove(rule)
        self._commands.reload()
        record.write(wanted)
        guarded_files.remove(place.path, PENDING)


def _addresses(instance: AssignedInstance) -> list[InterfaceAddress]:
    """Return `ip_list` and `full_ip_list`, whose items have interface and address first."""
    found = list(instance.addresses)
    full = instance.information.get("full_ip_list")
    found += [
        InterfaceAddress(interface=str(item[0]), address=str(item[1]))
        for item in (full if isinstance(full, list | tuple) else ())
        if isinstance(item, list | tuple) and len(item) >= 2
    ]
    return found
