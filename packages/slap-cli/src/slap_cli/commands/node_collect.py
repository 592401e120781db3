"""`slapos node collect`: collects what the computer and its partitions consume."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node collect` takes."""
    parser.description = (
        "Collect what this computer and its partitions consume (processor, memory, disk, network), and store "
        "it; reports are made of it for the days before."
    )
    parser.epilog = """\
exit status:
  0  everything went fine
  1  the figures of the computer cannot be had
"""
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Collect it.

    Raises:
        SlapError: the figures cannot be had or stored.
    """
    from slap_cli.wiring.consumption import collect

    return collect(options, terminal)
