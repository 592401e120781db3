"""`slapos node format`: makes the partitions of this computer."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node format` takes."""
    parser.description = (
        "Make what the configuration says of this computer: users, directories, addresses and network "
        "devices of its partitions; then describe it to the master. What is so already is left alone."
    )
    parser.epilog = """\
exit status:
  0   the computer is formatted, and the master knows it
  1   it could not be formatted
  2   it is formatted, but the master could not be reached; the next run tells it
  5   it needs root, or an option is unknown
  10  another run formats this computer just now
"""
    add_node_configuration(parser)
    parser.add_argument("-x", "--computer_xml", help="file that records what was made")
    parser.add_argument("--computer_json", help="file that gets the same as JSON")
    parser.add_argument(
        "-i", "--input_definition_file", help="file that defines users and addresses in place of the plan"
    )
    parser.add_argument("-o", "--output_definition_file", help="file that gets a definition of what was made")
    parser.add_argument("--alter_user", metavar="BOOL", help="make users and groups (default: true)")
    parser.add_argument("--alter_network", metavar="BOOL", help="change the network (default: true)")
    parser.add_argument(
        "-n", "--dry_run", action="store_true", help="print what would be changed, and change nothing"
    )
    parser.add_argument(
        "-c", "--console", action="store_true", help="accepted for compatibility, without effect"
    )
    parser.add_argument(
        "--now", action="store_true", help="accepted for compatibility, without effect: it never waits"
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Format it.

    Raises:
        SlapError: it could not be formatted.
    """
    from slap_cli.wiring.host import format_computer

    return format_computer(options, terminal)
