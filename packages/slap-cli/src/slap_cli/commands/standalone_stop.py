"""`slapos standalone stop`: ends what runs in a standalone directory, keeping its data."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.standalone.options import add_directory

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `standalone stop` takes."""
    parser.description = """\
Stop the services of a standalone directory and everything else that runs for it, also a `standalone run`
in the foreground. Data are kept: `slapos standalone run` goes on where it was."""
    add_directory(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Do it.

    Raises:
        SlapError: something does not end, or cannot be deleted.
    """
    from slap_cli.wiring.standalone import stop

    return stop(options, terminal)
