"""Puts together what the commands of the embedded master need."""

import logging
from argparse import Namespace

from slap_cli.configuration import node_configuration, node_configuration_path
from slap_cli.exit_status import Ended, ExitStatus, UsageError
from slap_cli.master.overview_tables import kinds_asked_for, say_overview
from slap_cli.options import NODE_VARIABLE, wants_json
from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput, NotFound
from slap_proxy.garbage import put_off
from slap_proxy.settings import ProxySettings, default_settings, read_settings

_LOG = logging.getLogger(__name__)


def serve(options: Namespace, terminal: Terminal) -> int:
    """Run the master until it is told to stop.

    Raises:
        SlapError: it cannot start.
    """
    settings = proxy_settings(options.cfg, terminal).with_options(
        host=options.host,
        port=options.port,
        database_uri=options.database_uri,
        local_software_release_root=options.local_software_release_root,
    )
    with put_off():
        from slap_proxy.server import serve as serve_master

        serve_master(settings, _LOG.info)
    return 0


def show(options: Namespace, terminal: Terminal) -> int:
    """Print what the master knows, whether it runs or not.

    Raises:
        SlapError: its database cannot be read, or knows no such computer, service or state.
    """
    from slap_proxy.overview import Selection, read_overview

    selection = Selection(computer=options.computer, tree=options.tree, state=options.state)
    try:
        overview = read_overview(_settings(options, terminal), selection)
    except NotFound as error:
        raise Ended(error.message, ExitStatus.INCOMPLETE, hint=error.hint) from error
    except InvalidInput as error:
        raise UsageError(error.message, hint=error.hint) from error
    if wants_json(options, terminal):
        terminal.say_json({kind: overview[kind] for kind in kinds_asked_for(options)})
    else:
        say_overview(overview, options, terminal)
    return 0


def make_token(options: Namespace, terminal: Terminal) -> str:
    """Return a new one-time token.

    Raises:
        SlapError: the database cannot be written.
    """
    from slap_proxy.operator_tokens import make_token as token_of

    return token_of(_settings(options, terminal), options.kind, options.owner)


def certificates(options: Namespace, terminal: Terminal) -> int:
    """Print the certificates that the master gave out, or revoke one.

    Raises:
        SlapError: there is none of that number, or the database cannot be opened.
    """
    from dataclasses import asdict

    from slap_proxy.operator_tokens import list_certificates, revoke_certificate

    settings = _settings(options, terminal)
    if options.revoke:
        revoke_certificate(settings, options.revoke)
        _LOG.info("certificate %s is revoked", options.revoke)
        return 0
    rows = [asdict(row) for row in list_certificates(settings)]
    if wants_json(options, terminal):
        terminal.say_json(rows)
    elif rows:
        terminal.say_table([name.replace("_", " ") for name in rows[0]], [list(row.values()) for row in rows])
    else:
        terminal.say("no certificates")
    return 0


def _settings(options: Namespace, terminal: Terminal) -> ProxySettings:
    return proxy_settings(options.cfg, terminal).with_options(database_uri=options.database_uri)


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
