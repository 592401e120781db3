"""`slapos request`: asks for an instance and prints what became of it."""

import logging
from argparse import ArgumentParser, Namespace
from pathlib import Path

from slap_cli.completion.completed_values import completes
from slap_cli.configuration import add_client_configuration
from slap_cli.exit_status import ExitStatus
from slap_cli.listing_format import add_format
from slap_cli.tenant.parameters import Serialisation, from_file, from_words
from slap_cli.tenant.requesting import answered, prepared, warn_of_emptied
from slap_cli.terminal import Terminal
from slap_domain.errors import NotReady
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance

_LOG = logging.getLogger(__name__)
_MESSAGES = {
    None: "%s is requested",
    InstanceState.STARTED: "%s is requested",
    InstanceState.STOPPED: "%s shall stop, at the next `slapos node instance` of its computer",
    InstanceState.DESTROYED: "%s shall be destroyed, at the next `slapos node instance` of its computer",
}
_NOTHING_TO_DESTROY = "there is no %s: nothing is destroyed"


def build_parser(parser: ArgumentParser) -> None:
    """Add what `request` takes."""
    parser.description = """\
Request the deployment of an instance of a software release, or a change of one that exists, and print its
state and connection parameters. Run the same command again to see what became of it."""
    parser.epilog = _EPILOG
    completes(parser.add_argument("reference", help="name of the instance, chosen by you"), "services")
    parser.add_argument("software_url", help="URL, path, alias or product of the software release")
    parser.add_argument(
        "--node",
        nargs="+",
        action="extend",
        default=[],
        metavar="NODE",
        help="where: 'option1=value1' 'option2=value2' (for instance computer_guid=COMP-1234)",
    )
    parser.add_argument("--type", help="software type (default: the release's default type)")
    parser.add_argument(
        "--state",
        choices=[str(state) for state in InstanceState],
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


def run(options: Namespace, terminal: Terminal) -> int:
    """Request it and print the answer.

    Raises:
        SlapError: the request is wrong, the master refuses or cannot be reached.
    """
    from slap_cli.wiring.tenant import tenancy

    given = from_file(Path(options.parameters_file)) if options.parameters_file else {}
    given |= from_words(options.parameters, "--parameters")
    with tenancy(options.cfg, terminal) as tenant:
        request = prepared(options, given, tenant)
        if not given and request.state is not InstanceState.DESTROYED:
            warn_of_emptied(request.title, tenant.master)
        try:
            instance = tenant.master.request(request)
            _LOG.info(_message(request, instance), request.title)
        except NotReady as error:
            _LOG.info("%s is requested; %s", request.title, error)
            instance = None
        if options.wait and request.state is not InstanceState.DESTROYED:
            from slap_cli.tenant.waiting import until_ready

            instance = until_ready(request, tenant.master)
    return _status(answered(instance, options, terminal))


def _message(request: InstanceRequest, instance: RequestedInstance) -> str:
    if request.state is None and instance.state is InstanceState.STOPPED:
        return "%s is requested, and stays stopped; --state started starts it"
    if request.state is InstanceState.DESTROYED and instance.computer is None:
        return _NOTHING_TO_DESTROY
    return _MESSAGES[request.state]


def _status(instance: RequestedInstance | None) -> ExitStatus:
    if instance is not None and (instance.computer or instance.state is InstanceState.DESTROYED):
        return ExitStatus.OK
    _LOG.info("it is not ready yet; run the command again to see how far it is")
    return ExitStatus.INCOMPLETE


def _add_parameters(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--parameters",
        nargs="+",
        action="extend",
        default=[],
        metavar="PARAMETERS",
        help="all parameters of the instance: 'option1=value1' 'option2=value2'; can be repeated; those that "
        "it has and that are not given again are emptied",
    )
    parser.add_argument(
        "--parameters-file", metavar="FILE", help="JSON or YAML file of parameters; --parameters win over it"
    )
    parser.add_argument(
        "--force-serialisation",
        choices=[str(kind) for kind in Serialisation],
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
