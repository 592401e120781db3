"""A partition on its node: where it is, whose it is, and the programs it runs."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.references import PartitionId, partition_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The Unix account that owns a partition.

    Raises:
        HostFailure: it is root's, which no partition may have.
    """

    name: str
    uid: int
    gid: int
    home: PurePosixPath

    def __post_init__(self) -> None:
        """Refuse root."""
        if self.uid == 0 or self.gid == 0:
            raise HostFailure(
                f"account {self.name!r} is root's; a partition needs a user of its own",
                hint="chown its directory to an ordinary user; or set alter_user = true in section "
                "[slapformat] and run `slapos node format`; or set single_user = true in section [slapos]",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPlace:
    """Where a partition is on its node.

    Attributes:
        account: whom to become before anything of the partition runs; None when the node does not run as
            root: everything then runs as the node's own user.
    """

    id: PartitionId
    path: PurePosixPath
    account: Account | None = None

    def __post_init__(self) -> None:
        """Refuse an id that is no directory name."""
        partition_id(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A file of `etc/run` or `etc/service` that supervisor runs.

    Attributes:
        watched: it comes from `etc/service`: its exit makes the watchdog bang.
    """

    name: str
    command: PurePosixPath
    watched: bool

    @property
    def process_name(self) -> str:
        """Return the name monitoring scripts know it by (compat-notes 6.5)."""
        return f"{self.name}-on-watch" if self.watched else self.name
