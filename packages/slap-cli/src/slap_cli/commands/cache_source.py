"""`slapos cache source`: asks the network cache for a downloaded file."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `cache source` takes."""
    parser.description = "Ask the network cache whether it has what was downloaded from a URL."
    parser.epilog = """\
examples:
  Ask for a source archive:
    $ slapos cache source https://example.com/archive-1.0.tar.gz
"""
    parser.add_argument("url", help="URL of the file")
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print what there is.

    Raises:
        SlapError: the cache is not configured, or cannot be reached.
    """
    from slap_cli.wiring.network_cache import lookup_url

    return lookup_url(options, terminal)
