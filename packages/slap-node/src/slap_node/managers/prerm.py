"""Manager `prerm`: programs of a destroyed instance that run before its files are wiped."""

import logging
import os
from collections.abc import Sequence

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.planning.node.cleanup import retention
from slap_domain.planning.node.supervision import effective_programs
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.managers.plugin import Manager
from slap_node.partitions.retention_record import WAIT_LIST, lock_date, lock_delay
from slap_node.supervisor.adapter import identity_of
from slap_node.supervisor.rendering import ProgramText

_LOG = logging.getLogger(__name__)
SUFFIX = "prerm"
_FOLDER = ("etc", "prerm")


class PreRemoval(Manager):
    """Runs `etc/prerm/*` once, and lists them as what the wiping waits for."""

    SUFFIXES = frozenset({SUFFIX})

    def report(self, partition: HookedPartition) -> None:
        """Start the programs, once the files may be wiped; they are never started again."""
        place = partition.place
        if guarded_files.read_text(place.path, WAIT_LIST) is not None or not self._may_be_wiped(place):
            return
        executables, others = _found(place)
        programs = _programs(place, executables)
        for name in (*others, *(one.name for one in executables if one.name not in _names(programs))):
            why = "its name is not valid for a program" if name not in others else "it is not executable"
            _LOG.warning("%s: %r is not run: %s", place.id, "/".join((*_FOLDER, name)), why)
        if not programs:
            return
        # Written first: should the node die in between, wiping rather than running twice is what follows.
        names = "".join(f"{place.id}-{SUFFIX}:{program.process_name}\n" for program in programs)
        guarded_files.write_text(place.path, WAIT_LIST, text=names)
        self.context.programs.deploy_extension(place, SUFFIX, programs)

    def _may_be_wiped(self, place: PartitionPlace) -> bool:
        decision = retention(delay=lock_delay(place), decided=lock_date(place), now=self.context.clock.now())
        return not decision.locked


def _names(programs: Sequence[ProgramText]) -> frozenset[str]:
    return frozenset(program.process_name for program in programs)


def _programs(place: PartitionPlace, executables: Sequence[Program]) -> tuple[ProgramText, ...]:
    identity = identity_of(place)
    return tuple(
        ProgramText(
            id=f"{place.id}-{SUFFIX}_{program.name}",
            process_name=program.name,
            command=(str(program.command),),
            directory=place.path,
            log=place.path / f".{place.id}-{SUFFIX}_{program.name}.log",
            identity=identity,
        )
        for program in effective_programs(executables)
    )


def _found(place: PartitionPlace) -> tuple[Sequence[Program], Sequence[str]]:
    """Return the executables, and the names of the other files."""
    folder = place.path.joinpath(*_FOLDER)
    try:
        names = guarded_files.entries(place.path, *_FOLDER)
        executables = [name for name in names if os.access(folder / name, os.X_OK)]
    except OSError as error:
        raise HostFailure(f"cannot look into {folder}: {error.strerror}") from error
    programs = [Program(name=name, command=folder / name, watched=False) for name in executables]
    return programs, [name for name in names if name not in executables]
