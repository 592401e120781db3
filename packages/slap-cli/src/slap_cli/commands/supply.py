"""`slapos supply`: asks that a computer has a software release."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration
from slap_cli.tenant.options import add_release_and_computer

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `supply` takes."""
    parser.description = (
        "Ask that a software release is installed on a computer, which is then ready to run instances of it."
    )
    parser.epilog = """\
examples:
  Install the release that slapos-client.cfg calls kvm on COMP-12345:
    $ slapos supply kvm COMP-12345
  Install the best release of a software product of the master:
    $ slapos supply product.kvm COMP-12345
"""
    add_release_and_computer(parser)
    add_client_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Ask for it.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    from slap_cli.tenant.supplying import set_software_state
    from slap_cli.wiring.tenant import tenancy
    from slap_domain.model.software_release import SoftwareState

    with tenancy(options.cfg, terminal) as tenant:
        set_software_state(options.software_url, options.node, SoftwareState.AVAILABLE, tenant)
    return 0
