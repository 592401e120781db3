"""`slapos computer info`: describes one computer of the tenant."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration, completes

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `computer info` takes."""
    parser.description = "Show one of your computers."
    parser.epilog = """\
exit status:
  0  it is shown
  2  there is no such computer
"""
    completes(parser.add_argument("reference", help="id of the computer"), "computers")
    add_client_configuration(parser)
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="how to print it (default: table, also where it is not a terminal that reads it)",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print it.

    Raises:
        SlapError: there is no such computer, or the master cannot be reached.
    """
    from slap_cli.exit_status import Ended, ExitStatus
    from slap_cli.wiring.tenant import tenancy
    from slap_domain.errors import NotFound
    from slap_domain.model.references import computer_guid

    guid = computer_guid(options.reference)
    with tenancy(options.cfg, terminal) as tenant:
        try:
            computer = tenant.master.describe_computer(guid)
        except NotFound as error:
            raise Ended(
                f"there is no computer {guid!r}",
                ExitStatus.INCOMPLETE,
                hint="run `slapos computer list` to see yours",
            ) from error
    if options.format == "json":
        terminal.say_json({"reference": computer.guid, "title": computer.title})
    else:
        terminal.say(f"Computer Reference: {computer.guid}")
        terminal.say(f"Computer Title: {computer.title}")
    return 0
