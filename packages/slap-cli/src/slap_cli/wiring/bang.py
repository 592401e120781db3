"""Puts together what `node bang` needs."""

import logging
from argparse import Namespace

from slap_cli.configuration import node_configuration
from slap_cli.exit_status import ExitStatus
from slap_cli.terminal import Terminal
from slap_cli.wiring.node_connection import connection_of
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_node.settings import node_settings

_LOG = logging.getLogger(__name__)


def bang(options: Namespace, terminal: Terminal) -> int:
    """Ask the master that every instance of this computer is processed again.

    Raises:
        SlapError: the master refuses, or cannot be reached.
    """
    settings = node_settings(node_configuration(options.cfg, terminal))
    with connection_of(settings) as connection:
        HttpMasterForHosts(connection).bang_computer(settings.computer, options.message)
    _LOG.info("every instance of %s will be processed again", settings.computer)
    return ExitStatus.OK
