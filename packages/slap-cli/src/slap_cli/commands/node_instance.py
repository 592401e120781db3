"""`slapos node instance`: deploys instances."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.options import SIGNS_NOTHING, add_buildout_debug, add_pass_options, some_names

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node instance` takes."""
    parser.description = (
        "Deploy the instances that the master wants in the partitions of this computer: start, stop, or "
        "stop for good."
    )
    parser.epilog = """\
exit status:
  0   everything went fine
  1   at least one instance was not correctly processed
  2   at least one promise has failed
  3   the master is away: all known services were started
  10  another run holds the pid file
"""
    add_pass_options(parser, pidfile_key="pidfile_instance", unused=SIGNS_NOTHING)
    add_buildout_debug(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--all", "--force", action="store_true", help="process all instances, even unchanged ones"
    )
    which.add_argument(
        "--only-cp",
        "--only",
        action="append",
        type=some_names,
        help="process only these partitions: slappartX,slappartY",
    )
    parser.add_argument(
        "--force-stop", action="store_true", help="deploy the instances, but stop their services"
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Make one pass.

    Raises:
        SlapError: it could not start.
    """
    from slap_cli.wiring.node import instance_pass

    return instance_pass(options, terminal)
