"""What must change, in the files and in the daemon, for a supervisor to run what a partition shall run.

A group of programs is named by the partition id, or `<partition id>-<suffix>` for programs that the node's
extensions add; its configuration is the file `<group>.conf`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from slap_domain.errors import DeploymentFailed
from slap_domain.model.partition import Program
from slap_domain.model.references import PartitionId

# Supervisor splits names at ':' in calls, at ',' in lists and at spaces everywhere, and sections end at ']'.
_PROGRAM_NAME = re.compile(r"[^\s:/,;\[\]\"'\x00-\x1f\x7f]{1,200}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as it is: its text and its permission bits."""

    text: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """The files to write, by name, and those to delete."""

    write: Mapping[str, str] = field(default_factory=dict)
    delete: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self.write and not self.delete


class GroupAction(StrEnum):
    """One thing done to a group of programs."""

    STOP = "stop"
    REMOVE = "remove"
    ADD = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStep:
    """One step of bringing the daemon in line with its files."""

    action: GroupAction
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDifferences:
    """How the files differ from what the daemon runs, as the daemon found it after reading them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def of(self, partition: PartitionId, partitions: Iterable[PartitionId]) -> "GroupDifferences":
        """Return the differences in the groups of one partition; `partitions` are all of the node."""
        known = {*partitions, partition}

        def owned(groups: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(group for group in groups if owner_of_group(group, known) == partition)

        return GroupDifferences(
            added=owned(self.added), changed=owned(self.changed), removed=owned(self.removed)
        )

    def only(self, group: str) -> "GroupDifferences":
        """Return the differences in one group."""
        return GroupDifferences(
            added=tuple(name for name in self.added if name == group),
            changed=tuple(name for name in self.changed if name == group),
            removed=tuple(name for name in self.removed if name == group),
        )


def owner_of_group(group: str, partitions: Iterable[PartitionId]) -> PartitionId | None:
    """Return the partition that a group belongs to: the longest id that the group's name continues.

    With partitions `web` and `web-2`, group `web-2-socat` is of `web-2` and `web-socat` of `web`
    (compat-notes 7.30: a match of the prefix alone mixes them up).
    """
    owners = [owner for owner in partitions if group == owner or group.startswith(f"{owner}-")]
    return max(owners, key=len, default=None)


def plan_group_files(
    partition: PartitionId,
    desired: Mapping[str, str],
    existing: Mapping[str, StoredFile],
    partitions: Iterable[PartitionId],
    mode: int,
) -> FileChanges:
    """Decide which files of a partition's groups are written or deleted.

    Args:
        partition: whose groups they are.
        desired: text of each group's file, by group name; the partition's other groups are deleted.
        existing: every group file of the node, by group name.
        partitions: all partitions of the node, which tell whose a group is.
        mode: permission bits that each file shall have.
    """
    known = {*partitions, partition}
    write = {
        group: text
        for group, text in desired.items()
        if existing.get(group) != StoredFile(text=text, mode=mode)
    }
    delete = tuple(
        sorted(
            group for group in existing if group not in desired and owner_of_group(group, known) == partition
        )
    )
    return FileChanges(write=write, delete=delete)


def plan_group_steps(differences: GroupDifferences) -> tuple[GroupStep, ...]:
    """Decide what is done to the daemon's groups, in order; groups that do not differ are not touched."""
    steps: list[GroupStep] = []
    for group in differences.removed:
        steps += _steps(group, GroupAction.STOP, GroupAction.REMOVE)
    for group in differences.changed:
        steps += _steps(group, GroupAction.STOP, GroupAction.REMOVE, GroupAction.ADD)
    for group in differences.added:
        steps += _steps(group, GroupAction.ADD)
    return tuple(steps)


def _steps(group: str, *actions: GroupAction) -> list[GroupStep]:
    return [GroupStep(action=action, group=group) for action in actions]


def effective_programs(programs: Iterable[Program]) -> tuple[Program, ...]:
    """Return the programs a group really has: `etc/run` then `etc/service`, sorted; a service wins.

    Those whose name cannot be a supervisor program's are left out (see `refuse_odd_names`).
    """
    chosen: dict[str, Program] = {}
    for program in sorted(programs, key=lambda program: (program.watched, program.name)):
        # A name in both directories keeps the place of the first and the meaning of the service.
        if _PROGRAM_NAME.match(program.name):
            chosen[program.name] = program
    return tuple(chosen.values())


def refuse_odd_names(programs: Iterable[Program]) -> None:
    """Make sure that supervisor can run all of a partition's programs.

    Raises:
        DeploymentFailed: the name of one cannot be a supervisor program's.
    """
    odd = [str(program.command)[:300] for program in programs if not _PROGRAM_NAME.match(program.name)]
    if odd:
        named = ", ".join(map(repr, odd[:5]))
        raise DeploymentFailed(
            f"{named} cannot be run: the name is not valid for a program",
            hint="use no space, quote, comma, semicolon, colon or bracket in the name",
        )
