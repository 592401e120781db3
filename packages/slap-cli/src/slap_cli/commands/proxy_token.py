"""`slapos proxy token`: makes a one-time token of the embedded master."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `proxy token` takes."""
    parser.description = (
        "Make a one-time token on the machine of the master: for `slapos configure client` of a user, or for "
        "`slapos node register` of a computer. It expires after one day."
    )
    parser.epilog = """\
examples:
  Let the user alice run `slapos configure client`:
    $ slapos proxy token user --owner alice
"""
    parser.add_argument("kind", choices=("user", "computer"), help="for whom the token is")
    parser.add_argument(
        "--owner",
        default="",
        metavar="NAME",
        help="name of the user that the token makes, or to whom the computer will belong "
        "(default: the user admin; a computer of everybody)",
    )
    add_node_configuration(parser)
    parser.add_argument(
        "-u",
        "--database-uri",
        help="path of the SQLite database, or URL of a PostgreSQL one (default: as `proxy start`)",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print it.

    Raises:
        SlapError: the database cannot be written.
    """
    from slap_cli.wiring.master import make_token

    terminal.say(make_token(options, terminal))
    return 0
