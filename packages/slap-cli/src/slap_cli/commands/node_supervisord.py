"""`slapos node supervisord`: launches the supervisor daemon."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node supervisord` takes."""
    parser.description = "Launch the supervisor daemon of this computer unless it runs."
    parser.epilog = """\
examples:
  Keep it in the foreground, as a service manager wants it:
    $ slapos node supervisord --nodaemon
"""
    add_node_configuration(parser)
    parser.add_argument(
        "-n", "--nodaemon", action="store_true", help="stay in the foreground instead of becoming a daemon"
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Launch it.

    Raises:
        SlapError: the configuration is wrong or it does not start.
    """
    from slap_cli.wiring.supervision import launch_supervisord

    return launch_supervisord(options, terminal)
