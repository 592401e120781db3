"""An in-memory process supervisor, and the contract that every process supervisor keeps."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import PartitionId
from slap_domain.planning.node.supervision import effective_programs, owner_of_group
from slap_domain.ports.process_supervisor import ProcessSupervisor, RunningProgram

_FIRST_PID = 1000


class FakeProcessSupervisor:
    """Runs programs in imagination: each start gives a new pid, what is unchanged keeps its own.

    Like the real one it refuses to work before `ensure_running`. Tests may end a program with `exit_program`,
    stop one by hand with `stop_program`, end it all with `shut_down`, and look at `groups`.
    """

    def __init__(self) -> None:
        self._is_running = False
        self._next_pid = _FIRST_PID
        self._configured: dict[PartitionId, tuple[Program, ...]] = {}
        self._running: dict[tuple[str, str], RunningProgram] = {}
        self._idle: set[str] = set()

    @property
    def groups(self) -> Mapping[PartitionId, tuple[Program, ...]]:
        """Return the programs configured for each partition."""
        return dict(self._configured)

    def ensure_running(self) -> None:
        """Start the supervisor unless it runs."""
        self._is_running = True

    def deploy(self, place: PartitionPlace, programs: tuple[Program, ...]) -> None:
        """Make the partition's group consist of these programs."""
        self._check()
        effective = effective_programs(programs)
        if self._configured.get(place.id, ()) == effective:
            return
        self._forget(place.id)
        if effective:
            self._configured[place.id] = effective
        for program in effective:
            self._set(RunningProgram(group=place.id, name=program.process_name, state="STOPPED", pid=0))

    def start(self, partition: PartitionId) -> None:
        """Start the programs of the partition that do not run."""
        self._check()
        self._idle.discard(partition)
        for program in list(self._running.values()):
            if program.group == partition and program.state != "RUNNING":
                self._set(replace(program, state="RUNNING", pid=self._next_pid, ended=""))
                self._next_pid += 1

    def stop(self, partition: PartitionId) -> None:
        """Stop the programs of the partition and forget them."""
        self._check()
        self._forget(partition)

    def resume(self, partition: PartitionId) -> bool:
        """Start the programs of a partition if none has run since the supervisor was started."""
        self._check()
        if partition not in self._idle:
            return False
        self.start(partition)
        return True

    def start_all(self) -> None:
        """Start every program that is configured."""
        self._check()
        for partition in self._configured:
            self.start(partition)

    def programs(self) -> tuple[RunningProgram, ...]:
        """Return every program that is configured."""
        self._check()
        return tuple(self._running.values())

    def shut_down(self) -> None:
        """End the supervisor with all that it runs; `ensure_running` starts it again, and nothing else."""
        self._is_running = False
        self._idle = set(self._configured)
        for program in list(self._running.values()):
            self._set(replace(program, state="STOPPED", pid=0))

    def stop_program(self, partition: PartitionId, process_name: str) -> None:
        """Stop a program as operators do by hand."""
        self._set(replace(self._running[partition, process_name], state="STOPPED", pid=0))

    def exit_program(self, partition: PartitionId, process_name: str) -> None:
        """Let a running program end by itself."""
        program = self._running[partition, process_name]
        self._set(replace(program, state="EXITED", pid=0, ended="ended with status 1"))

    def _set(self, program: RunningProgram) -> None:
        self._running[program.group, program.name] = program

    def _forget(self, partition: PartitionId) -> None:
        known = {*self._configured, partition}
        self._configured.pop(partition, None)
        for group, name in list(self._running):
            if owner_of_group(group, known) == partition:
                del self._running[group, name]

    def _check(self) -> None:
        if not self._is_running:
            raise HostFailure("the supervisor does not run")


class ProcessSupervisorContract(ABC):
    """What every process supervisor does; subclass it as a test class and make the subject and a place.

    The programs it asks for are `task` in `etc/run` and `server` in `etc/service`: both run until stopped.
    """

    @abstractmethod
    def make_supervisor(self) -> ProcessSupervisor:
        """Return a supervisor that has not been started."""

    @abstractmethod
    def make_place(self, name: str) -> PartitionPlace:
        """Return the place of a partition that has the programs `task` and `server`."""

    @abstractmethod
    def settle(self) -> None:
        """Wait until programs that were started or stopped are so."""

    @abstractmethod
    def shut_down(self) -> None:
        """End the supervisor and what it runs, cleanly; it is told what it shall run no more."""

    @abstractmethod
    def stop_program(self, partition: PartitionId, process_name: str) -> None:
        """Stop a program as operators do by hand, and wait for its end."""

    def test_refuses_to_work_before_it_runs(self) -> None:
        """Nothing can be asked of a supervisor that was never started."""
        supervisor = self.make_supervisor()
        try:
            supervisor.programs()
        except HostFailure:
            return
        raise AssertionError("it answered although it was never started")

    def test_is_started_twice(self) -> None:
        """Starting it again changes nothing."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        before = self._pids(supervisor, "slappart0")
        supervisor.ensure_running()
        assert before == self._pids(supervisor, "slappart0")

    def test_does_not_start_what_it_deploys(self) -> None:
        """Programs are known after deploy, and run only after start."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        supervisor.deploy(place, self._programs(place))
        found = self._find(supervisor, "slappart0")
        assert set(found) == {"task", "server-on-watch"}
        assert {program.pid for program in found.values()} == {0}

    def test_starts_what_it_was_told(self) -> None:
        """Every program of the group runs after start."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        assert {program.state for program in self._find(supervisor, "slappart0").values()} == {"RUNNING"}

    def test_leaves_unchanged_programs_alone(self) -> None:
        """Deploying and starting the same programs again keeps their pids."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        before = self._pids(supervisor, "slappart0")
        self._run(supervisor, place)
        assert before == self._pids(supervisor, "slappart0")

    def test_touches_only_the_partition_it_is_asked_about(self) -> None:
        """A partition whose id continues another's is not the other's."""
        supervisor = self.make_supervisor()
        one, other = self.make_place("slappart0"), self.make_place("slappart0-b")
        supervisor.ensure_running()
        self._run(supervisor, one)
        self._run(supervisor, other)
        before = self._pids(supervisor, "slappart0-b")
        supervisor.deploy(one, self._programs(one)[:1])
        supervisor.stop(one.id)
        self.settle()
        assert self._find(supervisor, "slappart0") == {}
        assert before == self._pids(supervisor, "slappart0-b")

    def test_replaces_programs_that_are_gone(self) -> None:
        """A program that is no longer deployed is stopped and forgotten."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        supervisor.deploy(place, self._programs(place)[1:])
        supervisor.start(place.id)
        self.settle()
        assert set(self._find(supervisor, "slappart0")) == {"server-on-watch"}

    def test_stops_a_partition_that_has_nothing(self) -> None:
        """Stopping and starting what has no program is no error."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        supervisor.stop(place.id)
        supervisor.deploy(place, ())
        supervisor.start(place.id)
        assert self._find(supervisor, "slappart0") == {}

    def test_starts_everything(self) -> None:
        """Without a master, everything that is deployed is started."""
        supervisor = self.make_supervisor()
        supervisor.ensure_running()
        for name in ("slappart0", "slappart1"):
            place = self.make_place(name)
            supervisor.deploy(place, self._programs(place))
        supervisor.start_all()
        self.settle()
        states = {
            program.state for program in supervisor.programs() if program.group in {"slappart0", "slappart1"}
        }
        assert states == {"RUNNING"}

    def test_resumes_what_ran_before_it_was_shut_down(self) -> None:
        """A partition whose programs have not run since the supervisor was launched runs again, once."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        assert not supervisor.resume(place.id)
        self.shut_down()
        supervisor.ensure_running()
        assert set(self._pids(supervisor, "slappart0").values()) == {0}
        assert supervisor.resume(place.id)
        self.settle()
        assert {program.state for program in self._find(supervisor, "slappart0").values()} == {"RUNNING"}
        supervisor.ensure_running()
        assert not supervisor.resume(place.id)

    def test_leaves_alone_what_was_stopped_by_hand(self) -> None:
        """A program that ran since the supervisor was launched is not resumed, nor are those beside it."""
        supervisor = self.make_supervisor()
        place = self.make_place("slappart0")
        supervisor.ensure_running()
        self._run(supervisor, place)
        for name in ("task", "server-on-watch"):
            self.stop_program(place.id, name)
            supervisor.ensure_running()
            assert not supervisor.resume(place.id)
            assert self._find(supervisor, "slappart0")[name].pid == 0

    def _run(self, supervisor: ProcessSupervisor, place: PartitionPlace) -> None:
        supervisor.deploy(place, self._programs(place))
        supervisor.start(place.id)
        self.settle()

    @staticmethod
    def _programs(place: PartitionPlace) -> tuple[Program, Program]:
        return (
            Program(name="task", command=_file(place, "etc/run/task"), watched=False),
            Program(name="server", command=_file(place, "etc/service/server"), watched=True),
        )

    @staticmethod
    def _find(supervisor: ProcessSupervisor, group: str) -> dict[str, RunningProgram]:
        return {program.name: program for program in supervisor.programs() if program.group == group}

    def _pids(self, supervisor: ProcessSupervisor, group: str) -> dict[str, int]:
        return {name: program.pid for name, program in self._find(supervisor, group).items()}


def _file(place: PartitionPlace, relative: str) -> PurePosixPath:
    return place.path / relative
