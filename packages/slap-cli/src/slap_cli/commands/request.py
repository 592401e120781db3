"""`slapos request`: asks for an instance and prints what became of it."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.command_parser import written
from slap_cli.options import add_client_configuration, add_format, completes
from slap_cli.tenant.options import add_release

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal

# As slap_domain and slap_cli.tenant.parameters name them, which importing would make each --help dearer.
STATES = ("started", "stopped", "destroyed")
SERIALISATIONS = ("xml", "json-in-xml")


def build_parser(parser: ArgumentParser) -> None:
    """Add what `request` takes."""
    parser.description = """\
Request the deployment of an instance of a software release, or a change of one that exists, and print its
state and connection parameters. Run the same command again to see what became of it."""
    parser.epilog = _EPILOG
    completes(parser.add_argument("reference", help="name of the instance, chosen by you"), "services")
    add_release(parser)
    parser.add_argument(
        "--node",
        nargs="+",
        action="extend",
        default=[],
        metavar="NODE",
        help="where: 'option1=value1' 'option2=value2' (for instance computer_guid=COMP-1234)",
    )
    parser.add_argument(
        "--type",
        help="software type (default: the release's default type, also for an instance that has another)",
    )
    parser.add_argument(
        "--state",
        choices=STATES,
        help="state of the instance (default: started for a new one, unchanged for one that exists); "
        "parameters that are not given again with it are emptied",
    )
    parser.add_argument("--slave", action="store_true", help="request a shared (slave) instance")
    _add_parameters(parser)
    parser.add_argument(
        "--wait", action="store_true", help="wait until the instance is ready, telling how far it is"
    )
    add_client_configuration(parser)
    add_format(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Request it and print the answer.

    Raises:
        SlapError: the request is wrong, the master refuses or cannot be reached.
    """
    from slap_cli.tenant.requesting import given_parameters, request_instance
    from slap_cli.wiring.tenant import tenancy

    given = given_parameters(options)
    with tenancy(options.cfg, terminal) as tenant:
        return request_instance(options, given, tenant, terminal)


def _add_parameters(parser: ArgumentParser) -> None:
    parameters = parser.add_argument(
        "--parameters",
        nargs="+",
        action="extend",
        default=[],
        metavar="PARAMETERS",
        help="all parameters of the instance: 'option1=value1' 'option2=value2'; can be repeated; those that "
        "it has and that are not given again are emptied",
    )
    written(parameters, "option1=value1 'option2=value 2'")
    parser.add_argument(
        "--parameters-file", metavar="FILE", help="JSON or YAML file of parameters; --parameters win over it"
    )
    parser.add_argument(
        "--force-serialisation",
        choices=SERIALISATIONS,
        help="how to send the parameters (default: as the release's schema says, else xml)",
    )


_EPILOG = """\
The parameters are checked against the JSON schema of the release, where it has one, before they are sent.

examples:
  An instance of wordpress named mybeautifulinstance, on any computer:
    $ slapos request mybeautifulinstance wordpress
  Its name may hold spaces; on the computer COMP-12345:
    $ slapos request "My Beautiful Instance" wordpress --node computer_guid=COMP-12345
  With parameters:
    $ slapos request mykvm kvm --node computer_guid=COMP-12345 \\
        --parameters nbd-host=debian.nbd.vifib.net nbd-port=1024
  By the full URL of the release:
    $ slapos request mykvm \\
        https://lab.node.vifib.com/nexedi/slapos/raw/1.0.56/software/kvm/software.cfg
  By the name of a software product of the master:
    $ slapos request mykvm product.kvm

Here wordpress and kvm are aliases, defined in slapos-client.cfg, one `name url` a line:
  [slapconsole]
  alias =
    kvm https://lab.node.vifib.com/nexedi/slapos/raw/1.0.56/software/kvm/software.cfg

exit status:
  0  the instance is allocated (or destroyed)
  1  the request failed
  2  the instance is not ready yet
"""
