"""`slapos node promise`: runs only the promises of partitions."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.options import SIGNS_NOTHING, add_pass_options, some_names

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node promise` takes."""
    parser.description = (
        "Run the promises of the instances that are started, and say which fail. The master is not told."
    )
    parser.epilog = """\
exit status:
  0   all promises hold
  2   at least one promise has failed
  10  another run holds the pid file
"""
    add_pass_options(parser, pidfile_key="pidfile_instance", unused=SIGNS_NOTHING)
    parser.add_argument(
        "--only-cp",
        "--only",
        action="append",
        type=some_names,
        help="check only these partitions: slappartX,slappartY",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Run them.

    Raises:
        SlapError: it could not start.
    """
    from slap_cli.wiring.node import promise_pass

    return promise_pass(options, terminal)
