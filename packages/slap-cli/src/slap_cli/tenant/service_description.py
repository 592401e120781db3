"""Prints what a master knows of a service."""

import json
import logging
import shlex
import textwrap
from argparse import Namespace
from collections.abc import Mapping

from slap_cli.exit_status import Ended, ExitStatus
from slap_cli.options import wants_json
from slap_cli.tenant.parameters import for_display
from slap_cli.tenant.service_status import service_status, why_it_fails
from slap_cli.terminal import Terminal
from slap_domain.errors import NotFound
from slap_domain.model.references import instance_title
from slap_domain.ports.master_for_tenants import MasterForTenants, ServiceDescription

_LOG = logging.getLogger(__name__)
_WORDS: Mapping[object, str] = {True: "yes", False: "no"}


def described(reference: str, master: MasterForTenants) -> ServiceDescription:
    """Return the service of a name.

    Raises:
        Ended: there is none.
        SlapError: the master cannot be reached.
    """
    try:
        return master.describe_service(instance_title(reference))
    except NotFound as error:
        raise Ended(
            f"there is no service {reference!r}",
            ExitStatus.INCOMPLETE,
            hint="run `slapos service list` to see yours",
        ) from error


def say_service(service: ServiceDescription, options: Namespace, terminal: Terminal) -> None:
    """Print a service as the options ask, and why it fails when it does."""
    document = _document(service, news=options.news)
    if wants_json(options, terminal):
        terminal.say_json(document)
        return
    _say(document, terminal)
    if not options.news:
        _say_failure(service, terminal)


def _document(service: ServiceDescription, *, news: bool) -> dict[str, object]:
    """Return the keys that programs know from this command."""
    document: dict[str, object] = {
        "software-url": service.release,
        "software-type": service.type,
        "shared": service.shared,
        "requested-state": service.state,
        "instance-parameters": for_display(service.parameters),
        "connection-parameters": for_display(service.connection),
        "status": service_status(service.news),
    }
    if news:
        document["news"] = list(service.news or ())
    return document


def _say(document: Mapping[str, object], terminal: Terminal) -> None:
    for key, value in document.items():
        if isinstance(value, Mapping):
            terminal.say(f"{key}:" if value else f"{key}: none")
            for name in sorted(value):
                terminal.say(f"  {name}: {_shown(value[name])}")
        elif isinstance(value, list):
            terminal.say(f"{key}:")
            for text in value:
                terminal.say(textwrap.indent(text.rstrip(), "  "))
        else:
            terminal.say(f"{key}: {_WORDS.get(value, value)}")


def _shown(value: object) -> str:
    """Return a value on one line; what is nested as JSON, which can be copied into a file of parameters."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _say_failure(service: ServiceDescription, terminal: Terminal) -> None:
    """Say why a service fails, if it does."""
    lines = why_it_fails(service.news)
    for line in lines:
        terminal.say(f"  {line}")
    if lines:
        _LOG.info("the whole messages: `slapos service info %s --news`", shlex.quote(service.title))
