"""Puts together what the commands of the embedded master need."""

import logging
from argparse import Namespace

from slap_cli.configuration import NODE_VARIABLE, node_configuration, node_configuration_path
from slap_cli.terminal import Terminal
from slap_proxy.settings import ProxySettings, default_settings, read_settings

_LOG = logging.getLogger(__name__)


def serve(options: Namespace, terminal: Terminal) -> int:
    """Run the master until it is told to stop.

    Raises:
        SlapError: it cannot start.
    """
    from slap_proxy.server import serve as serve_master

    settings = proxy_settings(options.cfg, terminal).with_options(
        host=options.host,
        port=options.port,
        database_uri=options.database_uri,
        local_software_release_root=options.local_software_release_root,
    )
    serve_master(settings, _LOG.info)
    return 0


def proxy_settings(cfg: str | None, terminal: Terminal) -> ProxySettings:
    """Return the settings of the master: those of its configuration, or its defaults where there is none.

    Raises:
        ConfigurationError: the configuration that was named is missing, or wrong.
    """
    named = cfg or terminal.environment.get(NODE_VARIABLE)
    if not named and not node_configuration_path(None, terminal).exists():
        return default_settings(terminal.environment)
    settings, warnings = read_settings(node_configuration(cfg, terminal), terminal.environment)
    for warning in warnings:
        _LOG.warning("%s", warning)
    return settings
