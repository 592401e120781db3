"""What the node says to whatever deploys an instance's profile in its partition."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slap_domain.model.computer import AssignedInstance
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import SoftwareUrl

if TYPE_CHECKING:
    from slap_domain.ports.output_lines import OnLine


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceBuild:
    """A deployment of an instance in a partition."""

    place: PartitionPlace
    instance: AssignedInstance


class InstanceBuilder(Protocol):
    """Runs the instance profile of a release, offline, in a partition.

    Idempotence: building again changes only what differs.
    Safe to call for different partitions at once.
    """

    def expect(self, release: SoftwareUrl) -> None:
        """Begin with what takes long: instances of a release will be deployed soon.

        What is wrong with the release, or here, is told by `build`.
        """
        ...

    def build(self, build: InstanceBuild, on_line: "OnLine") -> None:
        """Deploy the files of an instance.

        Raises:
            DeploymentFailed: it does not deploy; carries the end of its log.
            HostFailure: this machine cannot deploy it (no space, wrong permissions).
        """
        ...
