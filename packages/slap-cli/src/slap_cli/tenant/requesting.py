"""Between the words of `slapos request` and the master: the request that they mean, the answer as printed."""

import logging
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from slap_cli.exit_status import ExitStatus
from slap_cli.options import wants_json
from slap_cli.tenant.parameters import Serialisation, for_display, from_words, serialised
from slap_cli.tenant.parameters_file import from_file
from slap_cli.tenant.release_schema import check, schema_of, typed
from slap_cli.tenant.software_aliases import release_meant
from slap_cli.tenant.tenancy import Tenant
from slap_cli.terminal import Terminal
from slap_domain.errors import NotReady, SlapError
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance, instance_state
from slap_domain.model.references import (
    DEFAULT_SOFTWARE_TYPE,
    SoftwareUrl,
    instance_title,
    same_software_type,
    software_type,
)
from slap_domain.ports.master_for_tenants import MasterForTenants, ServiceDescription

_LOG = logging.getLogger(__name__)
_MESSAGES = {
    None: "%s is requested",
    InstanceState.STARTED: "%s is requested",
    InstanceState.STOPPED: "%s shall stop, at the next `slapos node instance` of its computer",
    InstanceState.DESTROYED: "%s shall be destroyed, at the next `slapos node instance` of its computer",
}
_NOTHING_TO_DESTROY = "there is no %s: nothing is destroyed"


def given_parameters(options: Namespace) -> dict[str, object]:
    """Return the parameters of the file and of the command line, whose words win.

    Raises:
        InvalidInput: they cannot be read.
    """
    given = from_file(Path(options.parameters_file)) if options.parameters_file else {}
    return given | from_words(options.parameters, "--parameters")


def request_instance(
    options: Namespace, given: Mapping[str, object], tenant: Tenant, terminal: Terminal
) -> ExitStatus:
    """Request what the command line means, print the answer, and return how that ended.

    Raises:
        SlapError: the request is wrong, the master refuses or cannot be reached.
    """
    request = _prepared(options, given, tenant)
    if request.state is not InstanceState.DESTROYED:
        _warn_of_what_is_lost(request, given, tenant.master, typeless=not options.type)
    instance = _asked(request, tenant.master)
    if options.wait and request.state is not InstanceState.DESTROYED:
        from slap_cli.tenant.waiting import until_ready

        instance = until_ready(request, tenant.master)
    return _status(_answered(instance, options, terminal))


def _asked(request: InstanceRequest, master: MasterForTenants) -> RequestedInstance | None:
    try:
        instance = master.request(request)
    except NotReady as error:
        _LOG.info("%s is requested; %s", request.title, error)
        return None
    _LOG.info(_message(request, instance), request.title)
    return instance


def _message(request: InstanceRequest, instance: RequestedInstance) -> str:
    if request.state is None and instance.state is InstanceState.STOPPED:
        return "%s is requested, and stays stopped; --state started starts it"
    if request.state is None and instance.state is InstanceState.DESTROYED:
        return "%s is being destroyed, and stays so; --state started keeps it"
    if request.state is InstanceState.DESTROYED and instance.computer is None:
        return _NOTHING_TO_DESTROY
    return _MESSAGES[request.state]


def _status(instance: RequestedInstance | None) -> ExitStatus:
    if instance is not None and (instance.computer or instance.state is InstanceState.DESTROYED):
        return ExitStatus.OK
    _LOG.info("it is not ready yet; run the command again to see how far it is")
    return ExitStatus.INCOMPLETE


def _prepared(options: Namespace, given: Mapping[str, object], tenant: Tenant) -> InstanceRequest:
    """Return the request that the command line means, its parameters checked and serialised.

    Raises:
        SlapError: the command line or the parameters are wrong.
    """
    release = release_meant(options.software_url, tenant.settings.aliases, tenant.master)
    state = instance_state(options.state) if options.state else None
    return InstanceRequest(
        title=instance_title(options.reference),
        release=release,
        type=software_type(options.type),
        parameters=_sent(options, given, release, tenant),
        filters=from_words(options.node, "--node"),
        state=state,
        shared=options.slave,
    )


def _warn_of_what_is_lost(
    request: InstanceRequest, given: Mapping[str, object], master: MasterForTenants, *, typeless: bool
) -> None:
    """Say what a service loses because it is not given again; the values of parameters may be secret."""
    try:
        service = master.describe_service(request.title)
    except SlapError as error:
        _LOG.debug("nothing is known of what %s is: %s", request.title, error)
        return
    if service.shared != request.shared:
        return  # two services may have one title, if one of them is shared
    if typeless:
        _warn_of_type(service)
    _warn_of_dropped(service, given)


def _warn_of_type(service: ServiceDescription) -> None:
    if not same_software_type(service.type, DEFAULT_SOFTWARE_TYPE):
        _LOG.warning(
            "%s had the software type %s, and has the default one now, since a request without --type "
            "asks for that; to have the former again, add --type %s",
            service.title,
            service.type,
            quote(service.type),
        )


def _warn_of_dropped(service: ServiceDescription, given: Mapping[str, object]) -> None:
    before = for_display(service.parameters, unwrap=True)
    dropped = {name: before[name] for name in sorted(before.keys() - for_display(given, unwrap=True).keys())}
    if dropped:
        _LOG.warning(
            "%s had the parameter%s %s, which it has no longer, since a request gives all of them; "
            "to have what is gone again, add %s",
            service.title,
            "s" if len(dropped) > 1 else "",
            ", ".join(dropped),
            _way_to_give(dropped),
        )


def _way_to_give(parameters: Mapping[str, object]) -> str:
    if any(isinstance(value, dict | list) for value in parameters.values()):
        return f"--parameters-file with {', '.join(parameters)}"
    return " ".join(["--parameters", *(quote(f"{name}=VALUE") for name in parameters)])


def _answered(
    instance: RequestedInstance | None, options: Namespace, terminal: Terminal
) -> RequestedInstance | None:
    """Print what the master knows of the instance, and return it."""
    if instance is None:
        return None
    document = {
        "state": str(instance.state),
        "computer": instance.computer,
        "partition": instance.partition,
        "connection-parameters": for_display(instance.connection, unwrap=True),
    }
    if wants_json(options, terminal):
        terminal.say_json(document)
    else:
        _say(instance, terminal)
    return instance


def _sent(
    options: Namespace, given: Mapping[str, object], release: SoftwareUrl, tenant: Tenant
) -> dict[str, object]:
    forced = Serialisation(options.force_serialisation) if options.force_serialisation else None
    if options.state == InstanceState.DESTROYED:
        return serialised(given, forced or Serialisation.XML)
    known = schema_of(release, options.type or "", shared=options.slave, read=tenant.read_document)
    serialisation = forced or known.serialisation or Serialisation.XML
    meant = typed(given, known)
    check(meant, known, tenant.read_document)
    return serialised(_of_kind(given, meant, serialisation), serialisation)


def _of_kind(
    given: Mapping[str, object], meant: Mapping[str, object], serialisation: Serialisation
) -> Mapping[str, object]:
    """Return the words as typed for flat text, and the values they mean for JSON."""
    return meant if serialisation is Serialisation.JSON_IN_XML else given


def _say(instance: RequestedInstance, terminal: Terminal) -> None:
    terminal.say(f"state: {instance.state}")
    if instance.computer:
        terminal.say(f"where: {instance.partition} on {instance.computer}")
    connection = for_display(instance.connection, unwrap=True)
    terminal.say("connection parameters:" if connection else "connection parameters: none yet")
    for name in sorted(connection):
        terminal.say(f"  {name}: {connection[name]}")
