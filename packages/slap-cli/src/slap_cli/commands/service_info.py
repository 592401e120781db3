"""`slapos service info`: describes one service of the tenant."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration, add_format, completes

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `service info` takes."""
    parser.description = (
        "Show a service: its state, software release and type, its parameters and what it publishes."
    )
    parser.epilog = """\
examples:
  Show the service named "My Service":
    $ slapos service info "My Service"

exit status:
  0  it is shown
  2  there is no such service
"""
    completes(parser.add_argument("reference", help="name of the service"), "services")
    parser.add_argument("--news", action="store_true", help="show also the last messages of its instances")
    add_client_configuration(parser)
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print it.

    Raises:
        SlapError: there is no such service, or the master cannot be reached.
    """
    from slap_cli.tenant.service_description import described, say_service
    from slap_cli.wiring.tenant import tenancy

    with tenancy(options.cfg, terminal) as tenant:
        service = described(options.reference, tenant.master)
    say_service(service, options, terminal)
    return 0
