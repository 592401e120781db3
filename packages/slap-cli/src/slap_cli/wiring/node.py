"""The composition root of the commands that work on releases and instances of this computer."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from functools import cached_property
from logging import getLogger
from typing import TYPE_CHECKING

from slap_cli.configuration import node_configuration
from slap_cli.node.options import overrides
from slap_cli.node.progress import (
    NodeProgress,
    report_consumption,
    report_instances,
    report_software,
    say_promises,
)
from slap_cli.node.root_check import require_root
from slap_cli.node.stopping import ended_by_signals
from slap_cli.wiring.node_connection import connection_of
from slap_cli.wiring.supervision import deferred_supervisor_of
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.nodes import HttpMasterForNodes
from slap_node.assembly import NodeParts, instances_of, promises_of, report_of, software_of
from slap_node.firewall.daemons import FIREWALL_DAEMONS, deploy_firewall_daemons
from slap_node.managers.no_hooks import NoHooks
from slap_node.promises.deferred_checker import DeferredPromiseChecker
from slap_node.run_lock import run_lock
from slap_node.settings import node_settings
from slap_node.system_clock import SystemClock

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from slap_cli.terminal import Terminal
    from slap_domain.ports.clock import Clock
    from slap_domain.ports.master_for_hosts import MasterForHosts
    from slap_domain.ports.master_for_nodes import MasterForNodes
    from slap_domain.ports.node_hooks import NodeHooks, PartitionFirewall
    from slap_domain.ports.promise_checker import PromiseChecker
    from slap_domain.ports.release_cache import ReleaseCache
    from slap_http_adapter.client.connection import Connection
    from slap_node.settings import NodeSettings
    from slap_node.supervisor.deferred_supervisor import DeferredSupervisor

_LOG = getLogger(__name__)


def hooks_of(
    settings: NodeSettings, supervisor: DeferredSupervisor, clock: Clock, cancel: threading.Event
) -> NodeHooks:
    """Return the managers that the configuration lists; without any, what they need is not imported.

    Raises:
        ConfigurationError: one is not known.
    """
    if not settings.manager_names:
        return NoHooks()
    from slap_node.managers.chain import managers_of

    return managers_of(settings, supervisor.actual(), clock, cancel)


def cache_of(settings: NodeSettings) -> ReleaseCache | None:
    """Return the network cache; None where section [networkcache] is absent or empty.

    Raises:
        ConfigurationError: the section is wrong.
    """
    if not settings.network_cache:
        return None
    from slap_node.networkcache.assembly import release_cache

    return release_cache(settings)


def firewall_of(
    settings: NodeSettings, master: MasterForNodes, cancel: threading.Event
) -> PartitionFirewall | None:
    """Return what guards the addresses of partitions; None where section [firewall] is absent.

    Raises:
        ConfigurationError: the section is wrong.
    """
    if settings.firewall is None:
        return None
    from slap_node.firewall.commands import FirewallCommands
    from slap_node.firewall.routed_addresses import RoutedAddressFirewall
    from slap_node.firewall.settings import firewall_settings

    firewall = firewall_settings(settings.firewall, settings.source)
    commands = FirewallCommands(firewall, cancel=cancel)
    return RoutedAddressFirewall(firewall, master, settings.computer, commands)


def keep_firewall_running(settings: NodeSettings, supervisor: DeferredSupervisor) -> None:
    """Let the supervisor run the daemons that section [firewall] names, or none any more.

    Raises:
        ConfigurationError: the section is wrong.
        HostFailure: the supervisor does not run them.
    """
    daemons: Mapping[str, tuple[str, str]] = {}
    if settings.firewall is not None:
        from slap_node.firewall.settings import firewall_settings

        daemons = firewall_settings(settings.firewall, settings.source).daemons
    elif not supervisor.has_groups(FIREWALL_DAEMONS):
        return
    supervisor.ensure_running()
    deploy_firewall_daemons(daemons, supervisor.actual())


class NodeComposition:
    """The parts of a node, each made once, when it is first asked for.

    Put together by hand: importing a container would take a fifth of a pass that finds nothing changed
    (docs/decisions/0010).
    """

    def __init__(
        self, settings: NodeSettings, environment: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.cancel = threading.Event()
        self._environment = environment

    @cached_property
    def connection(self) -> Connection:
        """Return the connection to the master."""
        return connection_of(self.settings)

    @cached_property
    def master(self) -> MasterForNodes:
        """Return the master, as it speaks about releases and instances."""
        return HttpMasterForNodes(self.connection)

    @cached_property
    def hosts(self) -> MasterForHosts:
        """Return the master, as it speaks about computers."""
        return HttpMasterForHosts(self.connection)

    @cached_property
    def supervisor(self) -> DeferredSupervisor:
        """Return what runs the services."""
        return deferred_supervisor_of(self.settings)

    @cached_property
    def promises(self) -> PromiseChecker:
        """Return what asks the promises."""
        return DeferredPromiseChecker(self.clock, self._environment, self.settings.passed_environment)

    @cached_property
    def parts(self) -> NodeParts:
        """Return what every use case needs."""
        return NodeParts(
            settings=self.settings,
            master=self.master,
            progress=NodeProgress(),
            hooks=hooks_of(self.settings, self.supervisor, self.clock, self.cancel),
            cache=cache_of(self.settings),
            firewall=firewall_of(self.settings, self.master, self.cancel),
            clock=self.clock,
            cancel=self.cancel,
        )


def software_pass(options: Namespace, terminal: Terminal) -> int:
    """Build and delete releases; return the exit status.

    Raises:
        SlapError: it could not start.
    """
    with _pass("software", options, terminal) as node:
        outcome = software_of(
            node.parts, garbage_collect=options.garbage_collect, rebuild=bool(options.only_sr)
        ).run()
    report_software(outcome)
    return outcome.exit_status


def instance_pass(options: Namespace, terminal: Terminal) -> int:
    """Deploy instances; return the exit status.

    Raises:
        SlapError: it could not start.
    """
    with (
        _pass("instance", options, terminal) as node,
        instances_of(
            node.parts, node.hosts, node.supervisor, node.promises, force_stop=options.force_stop
        ) as instances,
    ):
        # Before any rule is made: who makes rules speaks to these daemons.
        keep_firewall_running(node.settings, node.supervisor)
        outcome = instances.run()
    report_instances(outcome, force_stop=options.force_stop)
    return outcome.exit_status


def promise_pass(options: Namespace, terminal: Terminal) -> int:
    """Run promises; return the exit status.

    Raises:
        SlapError: it could not start.
    """
    with _pass("promise", options, terminal) as node:
        outcome = promises_of(node.parts, node.promises).run()
    say_promises(outcome, terminal)
    return outcome.exit_status


def report_pass(options: Namespace, terminal: Terminal) -> int:
    """Report consumption and delete destroyed instances; return the exit status.

    Raises:
        SlapError: it could not start.
    """
    with _pass("report", options, terminal) as node:
        supervisor = node.supervisor
        supervisor.ensure_running()
        outcome = report_of(node.parts, node.hosts, supervisor).run()
    report_consumption(outcome)
    return outcome.exit_status


@contextmanager
def _pass(activity: str, options: Namespace, terminal: Terminal) -> Iterator[NodeComposition]:
    """Give a node that may work until the end of the block: no other run of the kind does.

    Raises:
        ConfigurationError: its configuration is missing or wrong.
        UsageError: it needs root.
        AlreadyRunning: another run holds the pid file.
    """
    settings = node_settings(node_configuration(options.cfg, terminal), overrides(options))
    require_root(f"node {activity}", check=settings.root_check)
    for warning in settings.warnings:
        _LOG.warning("%s", warning)
    if settings.maximal_delay > 0:
        from slap_cli.node.random_delay import wait_at_random  # costly, and mostly without use

        wait_at_random(settings.maximal_delay)
    node = NodeComposition(settings, dict(os.environ))
    # Promises share the lock of instances: they would see half a deployment.
    lock = settings.pidfiles.get(activity, settings.pidfiles["instance"])
    with run_lock(lock), ended_by_signals(node.cancel), node.connection:
        try:
            yield node
        except KeyboardInterrupt:
            _LOG.warning("interrupted: what ran was ended, and the next pass goes on from there")
            raise
