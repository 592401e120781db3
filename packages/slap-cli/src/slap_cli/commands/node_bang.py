"""`slapos node bang`: asks the master that every instance of this computer is processed again."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node bang` takes."""
    parser.description = (
        "Ask the master that every instance of this computer is processed again at its next `node instance`."
    )
    parser.epilog = """\
examples:
  Process everything again after the disk was replaced:
    $ slapos node bang --message "the disk was replaced"
    $ slapos node instance
"""
    add_node_configuration(parser)
    parser.add_argument("-m", "--message", default="", help="why, kept by the master")


def run(options: Namespace, terminal: "Terminal") -> int:
    """Ask for it.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    from slap_cli.wiring.bang import bang

    return bang(options, terminal)
