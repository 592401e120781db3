"""`slapos service list`: lists the tenant's services."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration, add_format, wants_json

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `service list` takes."""
    parser.description = "List your services: every root instance that is not destroyed, and its release."
    parser.epilog = """\
examples:
  The names of your services, for a program:
    $ slapos service list --format json | jq -r 'keys[]'
"""
    add_client_configuration(parser)
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print them.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    from slap_cli.wiring.tenant import tenancy

    with tenancy(options.cfg, terminal) as tenant:
        services = tenant.master.list_services()
    if wants_json(options, terminal):
        terminal.say_json({service.title: service.release for service in services})
    elif services:
        terminal.say_table(("service", "software release"), [(s.title, s.release) for s in services])
    else:
        terminal.say("no services; `slapos request` makes one")
    return 0
