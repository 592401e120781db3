"""`slapos node supervisorctl`: the supervisor's own console."""

import argparse
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node supervisorctl` takes."""
    parser.description = (
        "Open the console of the supervisor, or give it one command. The daemon is launched unless it runs."
    )
    parser.epilog = """\
examples:
  Open the console:
    $ slapos node supervisorctl
  Give it one command:
    $ slapos node supervisorctl status slappart1:
"""
    add_node_configuration(parser)
    parser.add_argument(
        "supervisor_args",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="passed to supervisorctl as they are",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Open it.

    Raises:
        SlapError: the configuration is wrong or the supervisor cannot be reached.
    """
    from slap_cli.wiring.supervision import supervisorctl

    return supervisorctl(options.supervisor_args, options, terminal)
