"""Puts together what the commands need that make a machine, or a person, known to a master."""

import logging
import os
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path, PurePosixPath

from slap_cli.configuration import client_configuration_path, node_configuration_path
from slap_cli.exit_status import ExitStatus
from slap_cli.node.root_check import is_systems, require_root
from slap_cli.registration.options import site_of
from slap_cli.registration.secret_prompt import ask_secret
from slap_cli.terminal import Terminal
from slap_cli.wiring.node_connection import connection_of
from slap_cli.wiring.supervision import supervisor_of
from slap_domain.model.configuration import Configuration, parse_configuration
from slap_domain.model.host.registration import ClientRegistration, LocalSetup, NodeRegistration
from slap_domain.model.host.settings import format_settings
from slap_domain.planning.host.plan import FormatPlan
from slap_domain.planning.host.registration import local_node_configuration
from slap_domain.use_cases.host.configure_client import ConfigureClient
from slap_domain.use_cases.host.configure_local import ConfigureLocal, LocalPorts
from slap_domain.use_cases.host.format_computer import FormatOutcome
from slap_domain.use_cases.host.register_computer import RegisterComputer
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_node.host.formatting import format_computer
from slap_node.outbound import Outbound, TlsFiles
from slap_node.registration.configuration_files import ConfigurationOnDisk
from slap_node.registration.listener import listener_at
from slap_node.registration.registrar import HttpRegistrar
from slap_node.settings import node_settings

_LOG = logging.getLogger(__name__)


def register(options: Namespace, terminal: Terminal) -> int:
    """Make this machine a computer of a master.

    Raises:
        SlapError: the token is refused, the master cannot be reached, or a file cannot be written.
    """
    registration = _node_registration(options, terminal)
    require_root(
        "node register",
        check=is_systems(registration.configuration) and not options.dry_run,
        otherwise="give a configuration of your own with --cfg",
    )
    if options.login_auth or options.login or options.password:
        _LOG.warning("masters no longer take a login and a password: a token is used instead")
    registrar = _registrar(options)
    use_case = RegisterComputer(registrar, ConfigurationOnDisk(), _LOG.info)
    if options.dry_run:
        for line in use_case.plan(registration):
            terminal.say(line)
        return ExitStatus.OK
    token = options.token or ask_secret("computer security token", site_of(options), terminal)
    outcome = use_case.run(registration, token)
    if outcome.backup is not None:
        _LOG.warning("the former configuration is kept in %s", outcome.backup)
    _LOG.info("this machine is %s; `slapos node format` makes its partitions", outcome.computer)
    return ExitStatus.OK


def configure_client(options: Namespace, terminal: Terminal) -> int:
    """Make the configuration and the certificate of a tenant.

    Raises:
        SlapError: it exists already, the token is refused, or the master cannot be reached.
    """
    path = Path.cwd() / client_configuration_path(options.cfg, terminal)
    registration = ClientRegistration(
        configuration=PurePosixPath(path),
        master_url=options.master_url,
        authority=_absolute(options.master_ca_file),
    )
    use_case = ConfigureClient(_registrar(options), ConfigurationOnDisk())
    use_case.check(registration)
    token = options.token or ask_secret("credential security token", site_of(options), terminal)
    use_case.run(registration, token)
    _LOG.info("%s is written; `slapos service list` shows your services", path)
    return ExitStatus.OK


def configure_local(options: Namespace, terminal: Terminal) -> int:
    """Make this machine its own master, node and client.

    Raises:
        SlapError: a file says something else already, or the computer cannot be formatted.
    """
    setup = _local_setup(options)
    configuration = parse_configuration(local_node_configuration(setup), str(setup.configuration))
    supervisor = supervisor_of(node_settings(configuration))
    ports = LocalPorts(
        files=ConfigurationOnDisk(),
        supervisor=supervisor,
        listener=lambda: listener_at(setup.listen_ip, setup.listen_port, supervisor),
        check=lambda: _planned(configuration),
        format=lambda: _formatted(configuration),
        wait=time.sleep,
        report=_LOG.info,
    )
    ConfigureLocal(ports).run(setup)
    _LOG.info("ready: the master answers at %s, and this machine has %s partitions", *_summary(setup))
    terminal.say(f"export SLAPOS_CONFIGURATION={setup.configuration}")
    terminal.say(f"export SLAPOS_CLIENT_CONFIGURATION={setup.client_configuration}")
    return ExitStatus.OK


def _summary(setup: LocalSetup) -> tuple[str, int]:
    return setup.master_url, setup.partition_number


def _registrar(options: Namespace) -> HttpRegistrar:
    tls = TlsFiles(authority=_absolute(options.master_ca_file))
    return HttpRegistrar(site_of(options), Outbound(tls=tls))


def _node_registration(options: Namespace, terminal: Terminal) -> NodeRegistration:
    path = Path.cwd() / node_configuration_path(options.cfg, terminal)
    return NodeRegistration(
        title=options.node_name,
        configuration=PurePosixPath(path),
        master_url=options.master_url,
        interface=options.interface_name,
        partition_number=options.partition_number,
        ipv4_network=options.ipv4_local_network,
        software_root=PurePosixPath(_absolute(options.software_root)),
        instance_root=PurePosixPath(_absolute(options.instance_root)),
        ipv6_interface=options.ipv6_interface or "",
        create_tap=options.create_tap,
        authority=_absolute(options.master_ca_file),
    )


def _local_setup(options: Namespace) -> LocalSetup:
    privileged = os.geteuid() == 0
    roots = {
        "software_root": options.slapos_software_root,
        "instance_root": options.slapos_instance_root,
        "own_root": options.slapos_buildout_directory,
    }
    directory = options.slapos_configuration_directory
    require_root(
        "configure local",
        check=is_systems(*map(_absolute, (*roots.values(), directory))),
        otherwise="give the four --slapos-… options directories of your own",
    )
    configuration = options.cfg or f"{directory}/slapos.cfg"
    return LocalSetup(
        configuration=PurePosixPath(_absolute(configuration)),
        **{name: PurePosixPath(_absolute(path)) for name, path in roots.items()},
        interface=options.interface_name,
        partition_number=options.partition_number,
        ipv4_network=options.ipv4_local_network,
        listen_ip=options.daemon_listen_ip,
        listen_port=options.daemon_listen_port,
        slapos=PurePosixPath(_slapos_command()),
        privileged=privileged,
        cache=options.enable_shacache_proxy,
    )


def _formatted(configuration: Configuration) -> FormatOutcome:
    settings = format_settings(configuration)
    with connection_of(node_settings(configuration), formats=True) as connection:
        return format_computer(settings, HttpMasterForHosts(connection), _LOG.info).run(settings)


def _planned(configuration: Configuration) -> FormatPlan:
    settings = format_settings(configuration)
    with connection_of(node_settings(configuration), formats=True) as connection:
        return format_computer(settings, HttpMasterForHosts(connection)).plan(settings)


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""


def _slapos_command() -> str:
    beside = Path(sys.executable).with_name("slapos")
    return str(beside) if beside.exists() else shutil.which("slapos") or str(beside)
