"""`slapos standalone destroy`: stops what runs in a standalone directory and deletes it."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.standalone.options import add_directory

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `standalone destroy` takes."""
    parser.description = """\
Destroy the services of a standalone directory, stop everything that runs for it, and delete what it holds."""
    add_directory(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Do it.

    Raises:
        SlapError: something does not end, or cannot be deleted.
    """
    from slap_cli.wiring.standalone import destroy

    return destroy(options, terminal)
