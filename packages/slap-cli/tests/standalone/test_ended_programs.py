from slap_cli.standalone.ended_programs import with_ended_programs
from slap_domain.model.references import PartitionId
from slap_domain.ports.process_supervisor import RunningProgram
from slap_domain.use_cases.node.deploy_instances import PartitionOutcome, PartitionResult

ENDED = RunningProgram(
    group="slappart0", name="web-on-watch", state="EXITED", pid=0, ended="ended with status 3"
)
RUNS = RunningProgram(group="slappart0", name="database-on-watch", state="RUNNING", pid=7, uptime=2)


def outcome(result, number=0):
    return PartitionOutcome(partition=PartitionId(f"slappart{number}"), result=result, message="before")


def amended(*outcomes, programs=(ENDED,), output="no table"):
    return with_ended_programs(outcomes, programs, lambda _: output)


def test_a_partition_whose_service_ended_fails():
    (one,) = amended(outcome(PartitionResult.STARTED))
    assert (one.result, one.message, one.log) == (
        PartitionResult.FAILED,
        "web ended with status 3",
        "no table",
    )


def test_other_partitions_and_scripts_that_run_once_are_none_of_its_business():
    once = RunningProgram(group="slappart0", name="once", state="EXITED", pid=0, ended="ended with status 1")
    before = (outcome(PartitionResult.STARTED), outcome(PartitionResult.UNCHANGED, 1))
    assert amended(*before, programs=(once, RUNS)) == before


def test_a_deployment_that_failed_tells_more_than_the_program_it_left():
    failed = outcome(PartitionResult.FAILED)
    assert amended(failed) == (failed,)


def test_what_ended_while_others_are_on_their_way_is_waited_for():
    (web, database) = amended(
        outcome(PartitionResult.STARTED), outcome(PartitionResult.PROMISE_FAILED, number=1)
    )
    assert web.result is PartitionResult.PROMISE_FAILED
    assert (web.message, database.message) == ("web ended with status 3", "before")
    (both,) = amended(outcome(PartitionResult.PROMISE_FAILED), programs=(ENDED, RUNS))
    assert both.result is PartitionResult.PROMISE_FAILED
    (alone,) = amended(outcome(PartitionResult.PROMISE_FAILED))
    assert alone.result is PartitionResult.FAILED


def test_what_each_start_printed_again_is_told_once():
    (one,) = amended(outcome(PartitionResult.STARTED), output="old\n" + "starting\nno table\n" * 4)
    assert one.log.splitlines() == ["old", "starting", "no table"]
    (one,) = amended(outcome(PartitionResult.STARTED), output="")
    assert one.log == ""
