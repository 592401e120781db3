"""The node's own files of the partitions, where existing nodes keep them (node-conventions 3.2)."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from slap_domain.errors import InvalidInput
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import PartitionId, SoftwareUrl, Timestamp, partition_id
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.partition_files import ProcessedStamp
from slap_node import guarded_files
from slap_node.partitions.places import partition_place
from slap_node.settings import NodeSettings

_STAMP = ".timestamp"
_PROGRAM_DIRECTORIES = (("run", False), ("service", True))
_PERIODICITY = re.compile(r"\s*(-?\d{1,9})\s*\Z")


def partition_files(settings: NodeSettings) -> "PartitionFilesOnDisk":
    """Return the files of the partitions of a node."""
    return PartitionFilesOnDisk(
        instance_root=settings.instance_root,
        software_root=settings.software_root,
        single_user=settings.single_user,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFilesOnDisk:
    """Reads and writes them below an instance root; `single_user` is that of the settings."""

    instance_root: PurePosixPath
    software_root: PurePosixPath
    single_user: bool = False

    def place(self, partition: PartitionId) -> PartitionPlace:
        """Return where a partition is and whose it is."""
        return partition_place(self.instance_root, partition, single_user=self.single_user)

    def stamp(self, partition: PartitionId) -> ProcessedStamp | None:
        """Return what was last deployed; None when the partition has to be processed."""
        path = self.instance_root / partition
        found = guarded_files.read_dated_or_discard(path, _STAMP, limit=4096)
        if found is None:
            return None
        text, written = found
        return ProcessedStamp(timestamp=Timestamp(text), date=datetime.fromtimestamp(written, UTC))

    def write_stamp(self, partition: PartitionId, timestamp: Timestamp | None) -> None:
        """Remember what was deployed; None forgets it."""
        place = self.place(partition)
        if timestamp is None:
            guarded_files.remove_tree(place.path, _STAMP)
        else:
            guarded_files.write_text(place.path, _STAMP, text=timestamp, owner=place.account)

    def periodicity(self, release: SoftwareUrl) -> int | None:
        """Return the seconds after which a release wants its instances processed again; None: no wish."""
        directory = self.software_root / release_directory_name(release)
        if not Path(directory).is_dir():
            return None
        wish = _PERIODICITY.match(guarded_files.read_text(directory, "periodicity", limit=64) or "")
        return int(wish.group(1)) if wish else None

    def programs(self, place: PartitionPlace) -> tuple[Program, ...]:
        """Return the programs of `etc/run` and `etc/service`, each sorted; of two namesakes the service."""
        found: dict[str, Program] = {}
        for directory, watched in _PROGRAM_DIRECTORIES:
            for name in guarded_files.entries(place.path, "etc", directory):
                command = place.path / "etc" / directory / name
                if not name.startswith(".") and os.path.isfile(command):  # noqa: PTH113 - a pure path
                    found.pop(name, None)
                    found[name] = Program(name=name, command=command, watched=watched)
        return tuple(found.values())

    def release_partition(self, place: PartitionPlace) -> tuple[str, ...]:
        """Forget the node's own data of a free partition; return what else was left there, sorted."""
        guarded_files.remove_tree(place.path, ".slapgrid")
        guarded_files.remove_tree(place.path, _STAMP)
        return tuple(name for name in guarded_files.entries(place.path) if name != ".slapos-resource")

    def legacy_stopped(self) -> tuple[PartitionId, ...]:
        """Return the partitions whose `.requested_state` says stopped, sorted."""
        stopped = []
        for name in guarded_files.entries(self.instance_root):
            try:
                partition = partition_id(name)
            except InvalidInput:  # not a partition's directory
                continue
            path = self.instance_root / name
            if Path(path).is_dir():
                state = guarded_files.read_text(path, ".requested_state", limit=64)
                if state is not None and state.strip() == "stopped":
                    stopped.append(partition)
        return tuple(stopped)
