"""`slapos computer list`: lists the tenant's computers."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `computer list` takes."""
    parser.description = "List your computers: their ids and titles."
    parser.epilog = """\
examples:
  Your computers, for a program:
    $ slapos computer list --format json
"""
    add_client_configuration(parser)
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="how to print them (default: table, also where it is not a terminal that reads it)",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print them.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    from slap_cli.wiring.tenant import tenancy

    with tenancy(options.cfg, terminal) as tenant:
        computers = tenant.master.list_computers()
    if options.format == "json":
        terminal.say_json({computer.guid: computer.title for computer in computers})
    elif not computers and terminal.is_interactive:
        terminal.say("no computers; `slapos node format` makes this machine one")
    else:
        terminal.say_table(("Reference", "Title"), [(c.guid, c.title) for c in computers])
    return 0
