"""`slapos service list`: lists the tenant's services."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration, add_format, wants_json

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal

_YES_OR_NO = {None: "?", False: "no", True: "yes"}


def build_parser(parser: ArgumentParser) -> None:
    """Add what `service list` takes."""
    parser.description = """\
List your services: every root instance that is not destroyed, and its release. A shared (slave) instance may
have the title of one that is not: as JSON, such a title has both, and any other its release."""
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
    from slap_cli.tenant.service_listing import by_title
    from slap_cli.wiring.tenant import tenancy

    with tenancy(options.cfg, terminal) as tenant:
        services = tenant.master.list_services()
    if wants_json(options, terminal):
        terminal.say_json(by_title(services))
    elif services:
        rows = [(each.title, _YES_OR_NO[each.shared], each.release) for each in services]
        terminal.say_table(("service", "shared", "software release"), rows)
    else:
        terminal.say("no services; `slapos request` makes one")
    return 0
