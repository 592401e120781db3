"""Manager `portredir`: ports of the machine that lead to partitions, by socat."""

import logging
import shutil

from slap_domain.errors import HostFailure
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.planning.node.partition_wishes import PortRedirect, port_redirects
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.managers.plugin import Manager
from slap_node.partitions.places import runs_as_root
from slap_node.supervisor.adapter import identity_of
from slap_node.supervisor.rendering import ROOT, Identity, ProgramText

_LOG = logging.getLogger(__name__)
WISHES = ".slapos-port-redirect"
SUFFIX = "socat"


class PortRedirects(Manager):
    """Keeps a socat program for each redirect that a started instance asks for."""

    SUFFIXES = frozenset({SUFFIX})

    def instance_ended(self, partition: HookedPartition) -> None:
        """Make the redirects what the partition's recipes wrote during the deployment."""
        place, instance = partition.place, partition.assigned.instance
        if instance is None:
            return
        programs = tuple(self._program(place, redirect) for redirect in _redirects(place, instance))
        self.context.programs.deploy_extension(place, SUFFIX, programs)

    def _program(self, place: PartitionPlace, redirect: PortRedirect) -> ProgramText:
        socat = self.context.option("socat") or shutil.which(redirect.command[0])
        if not socat:
            raise HostFailure("manager portredir needs socat", hint="install the package socat")
        return ProgramText(
            id=f"{place.id}-{SUFFIX}_{redirect.program}",
            process_name=redirect.program,
            command=(socat, *redirect.command[1:]),
            directory=place.path,
            log=place.path / f".{place.id}-{SUFFIX}_{redirect.program}.log",
            identity=_identity(place, redirect),
        )


def _redirects(place: PartitionPlace, instance: AssignedInstance) -> tuple[PortRedirect, ...]:
    if instance.state is not InstanceState.STARTED:
        return ()
    text = guarded_files.read_text(place.path, WISHES) or ""
    addresses = [address.address for address in instance.addresses]
    redirects, warnings = port_redirects(text, addresses, str(place.path / WISHES))
    for warning in warnings:
        _LOG.warning("%s: %s", place.id, warning)
    return redirects


def _identity(place: PartitionPlace, redirect: PortRedirect) -> Identity:
    if redirect.needs_root and runs_as_root():
        return ROOT
    return identity_of(place)
