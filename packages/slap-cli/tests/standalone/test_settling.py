import pytest

from slap_cli.standalone.settling import Pass, Verdict, verdict
from slap_domain.model.references import PartitionId
from slap_domain.use_cases.node.deploy_instances import PartitionOutcome, PartitionResult


def made(time, *results):
    outcomes = tuple(
        PartitionOutcome(partition=PartitionId(f"slappart{index}"), result=PartitionResult(result))
        for index, result in enumerate(results)
    )
    return Pass(time=time, outcomes=outcomes)


@pytest.mark.parametrize("results", [("started",), ("unchanged", "started"), ("stopped",)])
def test_a_tree_without_trouble_is_settled(results):
    assert verdict([made(0, *results)], patience=10) is Verdict.SETTLED


def test_a_tree_without_partition_is_waited_for():
    assert verdict([made(0)], patience=10) is Verdict.AGAIN


def test_a_promise_gets_its_time():
    passes = [made(0, "promise failed"), made(9, "promise failed")]
    assert verdict(passes, patience=10) is Verdict.AGAIN


def test_a_promise_that_never_holds_is_hopeless():
    passes = [made(0, "promise failed"), made(10, "promise failed")]
    assert verdict(passes, patience=10) is Verdict.HOPELESS


def test_a_change_renews_the_patience():
    passes = [
        made(0, "promise failed", "promise failed"),
        made(9, "promise failed", "started"),
        made(18, "promise failed", "started"),
    ]
    assert verdict(passes, patience=10) is Verdict.AGAIN


def test_the_same_failure_three_times_is_hopeless():
    failing = [made(time, "failed") for time in range(3)]
    assert verdict(failing[:2], patience=10) is Verdict.AGAIN
    assert verdict(failing, patience=10) is Verdict.HOPELESS


def test_a_failure_that_gave_way_to_another_is_tried_again():
    passes = [made(0, "failed"), made(1, "failed"), made(2, "promise failed"), made(3, "failed")]
    assert verdict(passes, patience=10) is Verdict.AGAIN
