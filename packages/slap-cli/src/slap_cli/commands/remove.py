"""`slapos remove`: asks that a computer gets rid of a software release."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration
from slap_cli.tenant.options import add_release_and_computer

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `remove` takes."""
    parser.description = (
        "Ask that a software release is removed from a computer. Instances that still use it stop working."
    )
    parser.epilog = """\
examples:
  Remove the release that slapos-client.cfg calls kvm from COMP-12345:
    $ slapos remove kvm COMP-12345
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
        set_software_state(options.software_url, options.node, SoftwareState.DESTROYED, tenant)
    return 0
