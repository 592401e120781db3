"""`slapos cachelookup pypi`: asks the network cache for a Python package."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `cachelookup pypi` takes."""
    parser.description = "Ask the network cache whether it has a Python package."
    parser.epilog = """\
examples:
  Ask for version 2.0 of example:
    $ slapos cachelookup pypi example 2.0
"""
    parser.add_argument("name", help="name of the package")
    parser.add_argument("version", help="its version")
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print what there is.

    Raises:
        SlapError: the cache is not configured, or cannot be reached.
    """
    from slap_cli.wiring.network_cache import lookup_package

    return lookup_package(options, terminal)
