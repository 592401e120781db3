"""The machine's firewall, through firewalld's direct interface (node-conventions section 8)."""

import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import ComputerGuid
from slap_domain.planning.node.firewall import (
    firewall_rules,
    firewall_wish,
    ipv4_source,
    routed_addresses,
    rule_changes,
)
from slap_domain.ports.master_for_nodes import MasterForNodes
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.firewall_daemons import FIREWALL_DAEMONS
from slap_node.programs import processes
from slap_node.programs.machine_programs import Runner, output_of

RULES = ".slapos-firewalld-rules"
PENDING = ".slapos-firewalld-rules.pending"
_DEFAULT_COMMAND = "firewall-cmd"
_DEFAULT_RELOAD = "slapos node restart firewall"
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallSettings:
    """Section [firewall].

    Attributes:
        command: firewall-cmd and options.
        reload: the command by which permanent rules take effect; empty for none.
        authorized: sources that always get in.
        daemons: command line and log file of `dbus` and `firewall`, where the node shall run them.
    """

    command: tuple[str, ...]
    reload: tuple[str, ...]
    authorized: tuple[str, ...] = ()
    daemons: Mapping[str, tuple[str, str]]


def firewall_settings(section: Mapping[str, str], source: str) -> FirewallSettings:
    """Read section [firewall].

    Raises:
        ConfigurationError: a value is malformed; it names file, section and key.
    """
    testing = section.get("testing", "").strip().lower() in _TRUE
    return FirewallSettings(
        command=_words(section, "firewall_cmd", _DEFAULT_COMMAND, source),
        reload=_words(section, "reload_config_cmd", _DEFAULT_RELOAD, source),
        authorized=_authorized(section, source),
        # A firewall that is only tried is run by whoever tries it.
        daemons={} if testing else _daemons(section),
    )


def _words(section: Mapping[str, str], key: str, default: str, source: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(section.get(key) or default))
    except ValueError as error:
        raise ConfigurationError(f"{source}: section [firewall]: {key} is no command: {error}") from None


def _authorized(section: Mapping[str, str], source: str) -> tuple[str, ...]:
    found = []
    for word in section.get("authorized_sources", "").split():
        try:
            found.append(ipv4_source(word))
        except ValueError:
            raise ConfigurationError(
                f"{source}: section [firewall]: authorized_sources contains {word[:80]!r},"
                " which is no IPv4 address or network"
            ) from None
    return tuple(found)


def _daemons(section: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name: (section[executable].strip(), section.get(log, "").strip())
        for name, (executable, log, _) in FIREWALL_DAEMONS.items()
        if section.get(executable, "").strip()
    }


class FirewallCommands:
    """Adds and removes permanent direct rules."""

    def __init__(self, settings: FirewallSettings, run: Runner = processes.run) -> None:
        self._settings = settings
        self._run = run

    def add(self, rule: str) -> None:
        """Add a rule unless it is there.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if not self._has("rule", rule):
            self._expect_success("--add-rule", rule)

    def remove(self, rule: str) -> None:
        """Remove a rule unless it is gone.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if self._has("rule", rule):
            self._expect_success("--remove-rule", rule)

    def add_chain(self, chain: str) -> None:
        """Add a chain unless it is there.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if not self._has("chain", chain):
            self._expect_success("--add-chain", chain)

    def remove_chain(self, chain: str) -> None:
        """Remove a chain, which no rule may use any more, unless it is gone.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if self._has("chain", chain):
            self._expect_success("--remove-chain", chain)

    def empty_chain(self, chain: str) -> None:
        """Remove all rules of a chain.

        Raises:
            HostFailure: the firewall does not do it.
        """
        self._expect_success("--remove-rules", chain)

    def reload(self) -> None:
        """Let the permanent rules take effect.

        Raises:
            HostFailure: the firewall does not do it.
        """
        words = self._settings.reload
        if words:
            program = shutil.which(words[0]) or words[0]
            output_of((program, *words[1:]), self._run)

    def _has(self, kind: str, text: str) -> bool:
        # Its exit status says the same as its output: 1 for no.
        finished = self._run(self._command(f"--query-{kind}", text))
        answer = finished.output.strip().splitlines()[-1:] or [""]
        if answer[0] not in {"yes", "no"}:
            raise HostFailure(f"the firewall does not answer: {finished.output.strip()[-500:]}")
        return answer[0] == "yes"

    def _expect_success(self, option: str, text: str) -> None:
        finished = self._run(self._command(option, text))
        if not finished.succeeded:
            raise HostFailure(f"the firewall refuses {option} {text}: {finished.output.strip()[-500:]}")

    def _command(self, option: str, text: str) -> processes.Command:
        words = ("--permanent", "--direct", option, "ipv4", "filter", *text.split())
        return processes.Command(
            argv=(*self._settings.command, *words),
            directory=PurePosixPath("/"),
            environment={"PATH": os.environ.get("PATH", os.defpath)},
            timeout=60.0,
        )


def own_record(place: PartitionPlace, name: str) -> str | None:
    """Return what the node itself wrote in a file of a partition's directory; None when there is none such.

    The directory is the partition's: a record that is not ours is not believed, else a partition could name
    the rules of others and have them removed.
    """
    try:
        return guarded_files.read_own_text(place.path, name)
    except HostFailure:  # a link or a pipe in its place: not ours either
        return None


class RecordedRules:
    """The rules that were made for a partition, in a file of its directory."""

    def __init__(self, place: PartitionPlace) -> None:
        self._place = place

    def read(self) -> tuple[str, ...]:
        """Return the rules, none when there is no record of ours."""
        try:
            content = json.loads(own_record(self._place, RULES) or "[]")
        except ValueError:
            return ()
        return tuple(map(str, content)) if isinstance(content, list) else ()

    def write(self, rules: Sequence[str]) -> None:
        """Record rules; the record of none is no file.

        Raises:
            HostFailure: it cannot be written.
        """
        if rules:
            guarded_files.write_text(self._place.path, RULES, text=json.dumps(list(rules)))
        else:
            guarded_files.remove(self._place.path, RULES)


class RoutedAddressFirewall:
    """Guards the routed addresses of partitions: all of a partition's rules are one record."""

    def __init__(
        self,
        settings: FirewallSettings,
        master: MasterForNodes,
        computer: ComputerGuid,
        commands: FirewallCommands | None = None,
    ) -> None:
        self._settings = settings
        self._master = master
        self._computer = computer
        self._commands = commands or FirewallCommands(settings)

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
