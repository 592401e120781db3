"""`slapos node start`: `slapos node supervisorctl start`."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.process_names import EXAMPLES, PROCESS, PROCESS_HELP
from slap_cli.options import add_node_configuration, completes

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node start` takes."""
    parser.description = "Start processes of instances."
    parser.epilog = EXAMPLES["start"]
    completes(parser.add_argument("processes", nargs="*", metavar=PROCESS, help=PROCESS_HELP), "processes")
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Do it.

    Raises:
        SlapError: the configuration is wrong or the supervisor cannot be reached.
    """
    from slap_cli.wiring.supervision import supervisorctl

    return supervisorctl(["start", *options.processes], options, terminal)
