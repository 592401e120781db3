"""`slapos standalone status`: what runs in a standalone directory."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_format
from slap_cli.standalone.options import add_directory

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `standalone status` takes."""
    parser.description = (
        "Show the services of a standalone directory: their state, connection parameters and programs."
    )
    parser.epilog = """\
exit status:
  0  every service runs
  1  nothing was ever run in the directory, or it cannot be read
  2  at least one service does not run
"""
    add_directory(parser)
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Show it.

    Raises:
        SlapError: it cannot be found out.
    """
    from slap_cli.wiring.standalone import status

    return status(options, terminal)
