from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace, Program
from slap_domain.model.references import PartitionId
from slap_domain.testing.process_supervisor import FakeProcessSupervisor, ProcessSupervisorContract

PLACE = PartitionPlace(id=PartitionId("slappart0"), path=PurePosixPath("/srv/slappart0"))
SERVER = Program(name="server", command=PurePosixPath("/srv/slappart0/etc/service/server"), watched=True)


class TestFake(ProcessSupervisorContract):
    def make_supervisor(self) -> FakeProcessSupervisor:
        self.supervisor = FakeProcessSupervisor()
        return self.supervisor

    def make_place(self, name: str) -> PartitionPlace:
        return PartitionPlace(id=PartitionId(name), path=PurePosixPath("/srv") / name)

    def settle(self) -> None:
        """Nothing takes time in imagination."""

    def shut_down(self) -> None:
        self.supervisor.shut_down()

    def stop_program(self, partition: PartitionId, process_name: str) -> None:
        self.supervisor.stop_program(partition, process_name)


def test_a_program_that_ended_is_started_again_with_a_new_pid():
    supervisor = FakeProcessSupervisor()
    supervisor.ensure_running()
    supervisor.deploy(PLACE, (SERVER,))
    supervisor.start(PLACE.id)
    (before,) = supervisor.programs()
    supervisor.exit_program(PLACE.id, "server-on-watch")
    (ended,) = supervisor.programs()
    supervisor.start(PLACE.id)
    (after,) = supervisor.programs()
    assert (ended.state, ended.pid) == ("EXITED", 0)
    assert after.state == "RUNNING"
    assert after.pid > before.pid
    assert supervisor.groups == {PLACE.id: (SERVER,)}


def test_the_contract_notices_a_supervisor_that_always_answers():
    class Careless(FakeProcessSupervisor):
        def _check(self) -> None:
            pass

    class Contract(TestFake):
        def make_supervisor(self) -> FakeProcessSupervisor:
            return Careless()

    with pytest.raises(AssertionError, match="never started"):
        Contract().test_refuses_to_work_before_it_runs()
    with pytest.raises(HostFailure):
        FakeProcessSupervisor().programs()
