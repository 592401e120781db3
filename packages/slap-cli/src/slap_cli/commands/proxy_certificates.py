"""`slapos proxy certificates`: lists or revokes the certificates that the embedded master gave out."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_format, add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `proxy certificates` takes."""
    parser.description = (
        "List the certificates that the embedded master gave to users, computers and partitions, and whether "
        "they are valid; or revoke one, which takes effect at once."
    )
    parser.epilog = """\
examples:
  Find the number of a certificate, then revoke it:
    $ slapos proxy certificates
    $ slapos proxy certificates --revoke 7
"""
    parser.add_argument(
        "--revoke", metavar="SERIAL", default="", help="revoke the certificate of this number"
    )
    add_node_configuration(parser)
    parser.add_argument(
        "-u",
        "--database-uri",
        help="path of the SQLite database, or URL of a PostgreSQL one (default: as `proxy start`)",
    )
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print or revoke them.

    Raises:
        SlapError: there is none of that number, or the database cannot be opened.
    """
    from slap_cli.wiring.master import certificates

    return certificates(options, terminal)
