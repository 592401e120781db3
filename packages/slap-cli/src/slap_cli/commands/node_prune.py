"""`slapos node prune`: deletes shared parts that nothing uses any more."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node prune` takes."""
    parser.description = (
        "Delete the shared parts, in the last directory of shared_part_list, that no software release uses "
        "any more."
    )
    parser.epilog = """\
exit status:
  0    everything went fine
  255  the configuration has no shared_part_list, or `node software` is running
"""
    add_node_configuration(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be deleted, and delete nothing"
    )
    parser.add_argument(
        "--additional-software-directory",
        metavar="DIRECTORY",
        action="append",
        default=[],
        help="also keep what the software releases below this directory use; can be repeated",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Delete them.

    Raises:
        SlapError: the configuration is wrong, or something cannot be deleted.
    """
    from slap_cli.wiring.pruning import prune

    return prune(options, terminal)
