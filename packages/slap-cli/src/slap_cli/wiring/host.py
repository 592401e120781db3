"""Puts together what the commands need that format this machine."""

import gc
import logging
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from slap_cli.configuration import node_configuration
from slap_cli.exit_status import ExitStatus
from slap_cli.node.root_check import require_root
from slap_cli.terminal import Terminal
from slap_cli.wiring.node_connection import connection_of
from slap_cli.wiring.supervision import supervisor_of
from slap_domain.model.configuration import Configuration
from slap_domain.model.host.settings import FormatSettings, format_settings
from slap_domain.planning.host.plan import FormatPlan
from slap_domain.use_cases.host.boot_computer import BootComputer, BootPorts
from slap_domain.use_cases.host.format_computer import FormatOutcome, MasterAnswer
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_node.host.formatting import format_computer as formatting
from slap_node.host.formatting import host_network
from slap_node.partitions.files import partition_files
from slap_node.settings import NodeSettings, node_settings

# The kernel's answers are many small objects that refer to each other: looked through as often as by default,
# they cost as much time again as reading them.
_COLLECTED_AFTER = 500_000
_LOG = logging.getLogger(__name__)
_FORMAT_KEYS = (
    "computer_xml",
    "computer_json",
    "input_definition_file",
    "output_definition_file",
    "alter_user",
    "alter_network",
)


def format_computer(options: Namespace, terminal: Terminal) -> int:
    """Format this computer, or print what that would change.

    Raises:
        SlapError: it cannot be formatted.
    """
    configuration = node_configuration(options.cfg, terminal)
    given = {key: getattr(options, key) for key in _FORMAT_KEYS if getattr(options, key) is not None}
    settings = format_settings(configuration, given)
    node = node_settings(configuration)
    gc.set_threshold(_COLLECTED_AFTER)
    touches_system = settings.alter_user or settings.alter_network
    require_root("node format", check=node.root_check and touches_system and not options.dry_run)
    for warning in node.warnings:
        _LOG.warning(warning)
    with connection_of(node, formats=True) as connection:
        use_case = formatting(settings, HttpMasterForHosts(connection), _LOG.info)
        if options.dry_run:
            plan = use_case.plan(settings)
            _warn(plan)
            for line in plan.describe():
                terminal.say(line)
            return ExitStatus.OK
        with _managers_around_format(node, configuration):
            outcome = use_case.run(settings)
        return _status(outcome, settings)


@contextmanager
def _managers_around_format(node: NodeSettings, configuration: Configuration) -> Iterator[None]:
    if not node.manager_names:
        yield
        return
    from slap_node.managers.chain import managers_of

    options = {**configuration.section("slapformat").values, **node.merged}
    managers = managers_of(replace(node, merged=options), supervisor_of(node))
    managers.format_begins()
    try:
        yield
    finally:
        managers.format_ended()


def boot(options: Namespace, terminal: Terminal) -> int:
    """Wait for the network, format this computer, and have every instance processed again.

    Raises:
        ConfigurationError: the configuration is missing or wrong.
        UsageError: it needs root.
    """
    configuration = node_configuration(options.cfg, terminal)
    settings, node = format_settings(configuration), node_settings(configuration)
    require_root("node boot", check=node.root_check and (settings.alter_user or settings.alter_network))
    with connection_of(node, formats=True) as connection:
        master = HttpMasterForHosts(connection)
        ports = BootPorts(
            network=host_network(settings),
            format=formatting(settings, master, _LOG.info),
            master=master,
            files=partition_files(node),
            start_own_master=lambda: _start_own_master(node),
            wait=time.sleep,
            report=_LOG.info,
        )
        BootComputer(ports).run(settings)
    _LOG.info("%s is up; every instance will be processed again", settings.computer)
    return ExitStatus.OK


def _start_own_master(node: NodeSettings) -> None:
    """Start the supervisor that `configure local` put a master under; others wait for their first program."""
    from slap_node.registration.listener import runs_master  # costly, and only needed here

    if runs_master(node.instance_root):
        supervisor_of(node).ensure_running()


def _warn(plan: FormatPlan) -> None:
    for note in plan.notes:
        _LOG.warning(note)


def _status(outcome: FormatOutcome, settings: FormatSettings) -> ExitStatus:
    _warn(outcome.plan)
    if not outcome.plan.changes:
        _LOG.info("nothing to change")
    _LOG.info("%s has %s partitions", settings.computer, settings.partition_amount)
    if outcome.master is MasterAnswer.AWAY:
        _LOG.warning(
            "the master does not know it yet: %s\nhint: run the command again later", outcome.complaint
        )
        return ExitStatus.INCOMPLETE
    return ExitStatus.OK
