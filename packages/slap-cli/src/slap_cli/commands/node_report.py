"""`slapos node report`: runs usage reports and deletes destroyed instances."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.node.options import SIGNS_NOTHING, add_pass_options

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node report` takes."""
    parser.description = (
        "Run the usage reports of instances, send their consumption to the master, and delete the instances "
        "that are destroyed."
    )
    parser.epilog = """\
exit status:
  0   everything went fine
  1   at least one instance was not correctly processed
  10  another run holds the pid file
"""
    add_pass_options(
        parser,
        pidfile_key="pidfile_report",
        unused={
            **SIGNS_NOTHING,
            "--software-root": "a report reads no release; managers are told of it",
        },
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Make one pass.

    Raises:
        SlapError: it could not start.
    """
    from slap_cli.wiring.node import report_pass

    return report_pass(options, terminal)
