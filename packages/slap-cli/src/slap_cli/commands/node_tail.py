"""`slapos node tail`: `slapos node supervisorctl tail`, also of all processes of an instance."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.process_names import EXAMPLES, PROCESS, PROCESS_HELP
from slap_cli.options import add_node_configuration, completes

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node tail` takes."""
    parser.description = "Show the last output of a process; with -f, and what follows until Ctrl-C."
    parser.epilog = EXAMPLES["tail"]
    completes(parser.add_argument("processes", nargs="*", metavar=PROCESS, help=PROCESS_HELP), "processes")
    parser.add_argument(
        "-f", dest="follow", action="store_true", help="go on showing what one process writes, until Ctrl-C"
    )
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Do it.

    Raises:
        SlapError: the configuration is wrong or the supervisor cannot be reached.
    """
    from slap_cli.wiring.supervision import tail

    return tail(options.processes, options, terminal)
