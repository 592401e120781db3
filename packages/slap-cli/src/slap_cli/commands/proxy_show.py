"""`slapos proxy show`: shows what the embedded master knows."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_format, add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `proxy show` takes."""
    parser.description = (
        "Show what the embedded master keeps in its database, whether it runs or not: computers, software "
        "releases, partitions and their instances. Without options that choose, everything is shown. The "
        "database is only read: one that the next start would migrate or take over is shown as it would "
        "then be, and stays as it is."
    )
    parser.epilog = """\
examples:
  Show the partitions of one computer and the parameters of their instances:
    $ slapos proxy show --partitions --params --computer COMP-12345
"""
    add_node_configuration(parser)
    parser.add_argument(
        "-u",
        "--database-uri",
        help="path of the SQLite database, or URL of a PostgreSQL one (default: as `proxy start`)",
    )
    parser.add_argument("--computers", action="store_true", help="show computers")
    parser.add_argument("--software", action="store_true", help="show software releases")
    parser.add_argument("--partitions", action="store_true", help="show partitions and their instances")
    parser.add_argument("--slaves", action="store_true", help="show shared instances")
    parser.add_argument("--params", action="store_true", help="show the parameters of instances")
    parser.add_argument("--network", action="store_true", help="show the addresses of partitions")
    parser.add_argument("--forwarded", action="store_true", help="show what other masters run for this one")
    parser.add_argument("--computer", metavar="ID", help="only what concerns this computer")
    parser.add_argument(
        "--tree", metavar="TITLE", help="only the instances of this service, and their places"
    )
    parser.add_argument(
        "--state",
        metavar="STATE",
        help="only what is asked to be, or was reported to be, in this state: started, stopped, destroyed, "
        "error, unknown, building, available, free or busy",
    )
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Show it.

    Raises:
        SlapError: the database cannot be read, or knows no such computer, service or state.
    """
    from slap_cli.wiring.master import show

    return show(options, terminal)
