"""`slapos node boot`: what a machine does when it starts."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node boot` takes."""
    parser.description = (
        "Wait for a global IPv6 address, format the computer, and bang: every instance is then processed "
        "again. Meant to run when Linux starts."
    )
    add_node_configuration(parser)
    parser.add_argument(
        "-m", "--message", help="accepted for compatibility, without effect: the master is told Reboot"
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Do it.

    Raises:
        SlapError: the configuration is wrong.
    """
    from slap_cli.wiring.host import boot

    return boot(options, terminal)
