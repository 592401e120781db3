"""Puts the node's own adapters together under the use cases, from settings.

Each function imports what it puts together: a command must not pay for what other commands need.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure
from slap_domain.ports.promise_checker import ThisNode
from slap_node.managers.no_hooks import NoHooks
from slap_node.partitions.files import partition_files
from slap_node.partitions.places import permission_hint
from slap_node.system_clock import SystemClock
from slap_node.workers import ThreadWorkers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slap_domain.ports.clock import Clock
    from slap_domain.ports.master_for_hosts import MasterForHosts
    from slap_domain.ports.master_for_nodes import MasterForNodes
    from slap_domain.ports.node_hooks import NodeHooks, PartitionFirewall
    from slap_domain.ports.process_supervisor import ProcessSupervisor
    from slap_domain.ports.progress_listener import ProgressListener
    from slap_domain.ports.promise_checker import PromiseChecker
    from slap_domain.ports.release_cache import ReleaseCache
    from slap_domain.use_cases.node.check_promises import CheckPromises
    from slap_domain.use_cases.node.deploy_instances import DeployInstances
    from slap_domain.use_cases.node.deploy_partition import DeploymentOptions
    from slap_domain.use_cases.node.install_software import InstallSoftware
    from slap_domain.use_cases.node.report_consumption import ReportConsumption
    from slap_node.settings import NodeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeParts:
    """What the use cases of a node need besides its settings.

    Attributes:
        cancel: once set, every build and deployment that runs is killed.
    """

    settings: NodeSettings
    master: MasterForNodes
    progress: ProgressListener
    hooks: NodeHooks = field(default_factory=NoHooks)
    cache: ReleaseCache | None = None
    firewall: PartitionFirewall | None = None
    clock: Clock = field(default_factory=SystemClock)
    cancel: threading.Event = field(default_factory=threading.Event)


def software_of(parts: NodeParts, *, garbage_collect: bool = False, rebuild: bool = False) -> InstallSoftware:
    """Return the use case of `node software`; with `rebuild` it builds also what is complete.

    Raises:
        HostFailure: there is no directory to build in.
    """
    from slap_domain.use_cases.node.install_software import InstallSoftware, SoftwareOptions, SoftwarePorts
    from slap_node.buildout.release_builder import BuildoutReleaseBuilder

    settings = parts.settings
    _check_software_root(settings)
    ports = SoftwarePorts(
        master=parts.master,
        builder=BuildoutReleaseBuilder(settings=settings, cache=parts.cache, cancel=parts.cancel),
        hooks=parts.hooks,
        workers=ThreadWorkers(settings.jobs, parts.cancel),
        progress=parts.progress,
    )
    options = SoftwareOptions(
        computer=settings.computer,
        only=settings.only_software,
        rebuild=rebuild or settings.develop,
        newest=settings.develop,
        garbage_collect=garbage_collect,
    )
    return InstallSoftware(ports, options)


def _check_software_root(settings: NodeSettings) -> None:
    # No release is to blame for it.
    if not Path(settings.software_root).is_dir():
        raise HostFailure(
            f"software_root = {settings.software_root} is no directory",
            hint="run `slapos node format`, which makes it, or mend software_root",
        )
    if not os.access(settings.software_root, os.W_OK | os.X_OK):
        refusal = PermissionError()
        raise HostFailure(
            f"software_root = {settings.software_root} cannot be written to",
            hint=permission_hint(settings.software_root, refusal),
        )


@contextmanager
def instances_of(
    parts: NodeParts,
    hosts: MasterForHosts,
    supervisor: ProcessSupervisor,
    promises: PromiseChecker,
    *,
    force_stop: bool = False,
    assured: bool = False,
) -> Iterator[DeployInstances]:
    """Yield the use case of `node instance`; the processes it keeps warm end with the context."""
    from slap_domain.use_cases.node.deploy_instances import DeployInstances
    from slap_domain.use_cases.node.deploy_partition import DeploymentPorts
    from slap_node.buildout.deferred_builder import DeferredInstanceBuilder
    from slap_node.partitions.journal import PartitionJournalOnDisk
    from slap_node.partitions.remains import PartitionRemainsOnDisk

    settings = parts.settings
    with DeferredInstanceBuilder(settings, parts.cancel) as builder:
        ports = DeploymentPorts(
            master=parts.master,
            hosts=hosts,
            files=partition_files(settings),
            journal=PartitionJournalOnDisk(certificate_repository=settings.certificate_repository),
            remains=PartitionRemainsOnDisk(settings=settings, cancel=parts.cancel),
            builder=builder,
            supervisor=supervisor,
            promises=promises,
            hooks=parts.hooks,
            workers=ThreadWorkers(settings.jobs, parts.cancel),
            clock=parts.clock,
            progress=parts.progress,
            firewall=parts.firewall,
        )
        yield DeployInstances(
            ports, replace(_deployment_options(settings, force_stop=force_stop), assured=assured)
        )


def report_of(parts: NodeParts, hosts: MasterForHosts, supervisor: ProcessSupervisor) -> ReportConsumption:
    """Return the use case of `node report`."""
    from slap_domain.use_cases.node.report_consumption import ConsumptionPorts, ReportConsumption
    from slap_node.partitions.journal import PartitionJournalOnDisk
    from slap_node.partitions.remains import PartitionRemainsOnDisk
    from slap_node.usage_reports import UsageReportsOnDisk

    settings = parts.settings
    ports = ConsumptionPorts(
        master=parts.master,
        hosts=hosts,
        files=partition_files(settings),
        journal=PartitionJournalOnDisk(certificate_repository=settings.certificate_repository),
        remains=PartitionRemainsOnDisk(settings=settings, cancel=parts.cancel),
        reports=UsageReportsOnDisk(settings=settings, cancel=parts.cancel),
        supervisor=supervisor,
        hooks=parts.hooks,
        workers=ThreadWorkers(settings.jobs, parts.cancel),
        clock=parts.clock,
        progress=parts.progress,
    )
    return ReportConsumption(ports, settings.computer, settings.certificate_repository)


def promises_of(parts: NodeParts, promises: PromiseChecker) -> CheckPromises:
    """Return the use case of `node promise`."""
    from slap_domain.use_cases.node.check_promises import CheckPromises, PromisePorts

    settings = parts.settings
    ports = PromisePorts(
        master=parts.master,
        files=partition_files(settings),
        promises=promises,
        workers=ThreadWorkers(settings.jobs, parts.cancel),
    )
    return CheckPromises(ports, _this_node(settings), settings.only_partitions)


def _this_node(settings: NodeSettings) -> ThisNode:
    return ThisNode(
        computer=settings.computer,
        master_url=settings.master_url,
        software_root=settings.software_root,
        certificate_repository=settings.certificate_repository,
        promise_timeout=settings.promise_timeout,
    )


def _deployment_options(settings: NodeSettings, *, force_stop: bool) -> DeploymentOptions:
    from slap_domain.use_cases.node.deploy_partition import DeploymentOptions

    return DeploymentOptions(
        node=_this_node(settings),
        maximum_periodicity=settings.maximum_periodicity,
        only=settings.only_partitions,
        forced=settings.develop,
        force_stop=force_stop,
    )
