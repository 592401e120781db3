"""`slapos node software`: builds and deletes software releases."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.options import add_buildout_debug, add_pass_options, some_names

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node software` takes."""
    parser.description = (
        "Build the software releases that the master wants on this computer, and delete those that it no "
        "longer wants."
    )
    parser.epilog = """\
exit status:
  0   everything went fine
  1   at least one software release was not correctly installed
  10  another run holds the pid file
"""
    add_pass_options(parser, pidfile_key="pidfile_software")
    add_buildout_debug(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--all", "--force", action="store_true", help="process all software releases, even installed ones"
    )
    which.add_argument(
        "--only-sr",
        "--only",
        action="append",
        type=some_names,
        help="process only these, even if installed: URLs or MD5 hashes, separated by commas",
    )
    parser.add_argument(
        "--garbage-collect",
        action="store_true",
        help="also delete every release on disk that the master does not know",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Make one pass.

    Raises:
        SlapError: it could not start.
    """
    from slap_cli.wiring.node import software_pass

    return software_pass(options, terminal)
