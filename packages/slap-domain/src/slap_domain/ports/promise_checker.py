"""What the node says to whatever runs the promises of its partitions."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from slap_domain.model.partition import PartitionPlace
from slap_domain.model.promise import PromiseMode, PromiseVerdict
from slap_domain.model.references import ComputerGuid, SoftwareUrl
from slap_domain.model.software_release import release_directory_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRound:
    """One round over the promises of a partition.

    Attributes:
        release: directory of the software release, whose Python runs plugin promises.
        timeout: seconds that each promise may take.
        forced: run even those whose periodicity has not elapsed.
    """

    place: PartitionPlace
    release: PurePosixPath
    computer: ComputerGuid
    master_url: str
    mode: PromiseMode
    certificate: str = ""
    key: str = ""
    timeout: float = 20.0
    forced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisNode:
    """The node whose promises are asked, as each of them is told of it.

    Attributes:
        certificate_repository: where the partitions' certificates are kept; None: they have none.
        promise_timeout: seconds that one promise may take.
    """

    computer: ComputerGuid
    master_url: str
    software_root: PurePosixPath
    certificate_repository: PurePosixPath | None = None
    promise_timeout: float = 20.0

    def promise_round(self, place: PartitionPlace, release: SoftwareUrl, mode: PromiseMode) -> PromiseRound:
        """Return a round over a partition's promises: all of them in test mode, else those that are due."""
        repository = self.certificate_repository
        return PromiseRound(
            place=place,
            release=self.software_root / release_directory_name(release),
            computer=self.computer,
            master_url=self.master_url,
            mode=mode,
            certificate="" if repository is None else str(repository / f"{place.id}.crt"),
            key="" if repository is None else str(repository / f"{place.id}.key"),
            timeout=self.promise_timeout,
            forced=mode is PromiseMode.TEST,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOutcome:
    """What a round found.

    Attributes:
        verdicts: of every promise that counted, stored verdicts of those not due included.
        bang: an anomaly asks that the partition's tree is processed again; its message, or empty.
    """

    verdicts: tuple[PromiseVerdict, ...] = ()
    bang: str = ""

    @property
    def failures(self) -> tuple[PromiseVerdict, ...]:
        """Return the verdicts that failed, in the order in which promises are named."""
        return tuple(verdict for verdict in self.verdicts if verdict.failed)


class PromiseChecker(Protocol):
    """Runs the promises of one partition.

    Order: none. Idempotence: a round may be repeated; each leaves its results, logs and cache below the
    partition's `.slapgrid/promise`.
    Raises: `DeploymentFailed` when promises cannot be run at all (a promise that fails is in the outcome),
    `HostFailure` when what they leave cannot be stored or their account not be taken.
    Safe to call for different partitions at once.
    """

    def check(self, round_: PromiseRound) -> PromiseOutcome:
        """Run the promises that are due and return every verdict."""
        ...
