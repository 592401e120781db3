"""`slapos computer token`: gets the token with which a computer registers itself."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `computer token` takes."""
    parser.description = (
        "Get a token for one `slapos node register`. It works once, and expires after one day."
    )
    parser.epilog = """\
examples:
  Register this machine as a computer named mycomputer:
    $ slapos node register --token "$(slapos computer token)" mycomputer
"""
    add_client_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print it.

    Raises:
        SlapError: the master gives none, or cannot be reached.
    """
    from slap_cli.wiring.tenant import computer_token

    terminal.say(computer_token(options.cfg, terminal))
    return 0
