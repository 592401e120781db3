"""Puts together what `node collect` needs."""

import logging
from argparse import Namespace

from slap_cli.configuration import node_configuration
from slap_cli.node.root_check import require_root
from slap_cli.terminal import Terminal
from slap_node.collect.assembly import collect_consumption
from slap_node.settings import node_settings

_LOG = logging.getLogger(__name__)


def collect(options: Namespace, terminal: Terminal) -> int:
    """Collect what this computer and its partitions consume, and store it.

    Raises:
        SlapError: the figures of the computer cannot be had or stored.
    """
    configuration = node_configuration(options.cfg, terminal)
    settings = node_settings(configuration)
    # Without root the files of partitions of other users cannot be measured.
    require_root("node collect", check=settings.root_check)
    collect_consumption(configuration, settings, _LOG.warning).run()
    _LOG.info(
        "the consumption of %s is stored below %s/var/data-log", settings.computer, settings.instance_root
    )
    return 0
