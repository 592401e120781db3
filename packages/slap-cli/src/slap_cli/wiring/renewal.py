"""Puts together what the commands need that renew the identity of a machine or a person."""

import logging
from argparse import Namespace
from pathlib import PurePosixPath

from slap_cli.configuration import node_configuration, node_configuration_path
from slap_cli.exit_status import ExitStatus, UsageError
from slap_cli.node.root_check import is_systems, require_root
from slap_cli.registration.expiring_certificate import refuse_expired
from slap_cli.registration.options import site_of_master
from slap_cli.tenant.client_settings import ClientSettings
from slap_cli.terminal import Terminal
from slap_cli.wiring.tenant import settings_of_tenant
from slap_domain.errors import ConfigurationError
from slap_domain.model.host.registration import HeldIdentity
from slap_domain.use_cases.host.renew_identity import RenewIdentity
from slap_node.outbound import Outbound, TlsFiles
from slap_node.registration.configuration_files import ConfigurationOnDisk
from slap_node.registration.registrar import HttpRegistrar
from slap_node.settings import NodeSettings, node_settings

_LOG = logging.getLogger(__name__)


def renew_node(options: Namespace, terminal: Terminal) -> int:
    """Get another certificate for this computer.

    Raises:
        SlapError: the master does not renew it, cannot be reached, or a file cannot be written.
    """
    if options.node_name:
        raise UsageError(
            "--renew takes no name: the computer keeps its own", hint="leave the name out, or --renew"
        )
    path = node_configuration_path(options.cfg, terminal)
    require_root(
        "node register",
        check=is_systems(path) and not options.dry_run,
        otherwise="give a configuration of your own with --cfg",
    )
    settings = node_settings(node_configuration(options.cfg, terminal))
    held = HeldIdentity(
        certificate=_named(settings.cert_file, settings),
        key=_named(settings.key_file, settings),
        computer=settings.computer,
    )
    if options.dry_run:
        terminal.say(f"ask {settings.master_url} for another certificate of {settings.computer}")
        terminal.say(f"write {held.key} and {held.certificate}, and keep the former ones beside them")
        return ExitStatus.OK
    authority = options.master_ca_file or settings.master_ca_file
    _renew(held, settings.master_url, authority, options.token or "")
    _LOG.info("%s has a new certificate: %s", settings.computer, held.certificate)
    return ExitStatus.OK


def renew_client(options: Namespace, terminal: Terminal) -> int:
    """Get another certificate for a tenant.

    Raises:
        SlapError: the master does not renew it, cannot be reached, or a file cannot be written.
    """
    settings = settings_of_tenant(options.cfg, terminal)
    held = HeldIdentity(
        certificate=_named(settings.certificate_file, settings), key=_named(settings.key_file, settings)
    )
    site = site_of_master(settings.master_url, options.master_url_web)
    _renew(held, site, options.master_ca_file or settings.ca_file, options.token or "")
    _LOG.info("you have a new certificate: %s", held.certificate)
    return ExitStatus.OK


def _renew(held: HeldIdentity, site: str, authority: str, token: str) -> None:
    # A token speaks for itself; what has expired would only have the connection refused.
    tls = TlsFiles(authority=authority)
    if not token:
        refuse_expired(str(held.certificate))
        tls = TlsFiles(authority=authority, certificate=str(held.certificate), key=str(held.key))
    RenewIdentity(HttpRegistrar(site, Outbound(tls=tls)), ConfigurationOnDisk()).run(held, token)


def _named(path: str, settings: NodeSettings | ClientSettings) -> PurePosixPath:
    if not path:
        raise ConfigurationError(
            f"nothing to renew: the configuration for {settings.master_url} names no certificate and key",
            hint="a master that asks for none needs none; else register with a token",
        )
    return PurePosixPath(path)
