"""The header of a partition."""

import pytest

from slap_domain.errors import InvalidInput
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.wire.partition_header import claimed_partition, partition_claim

REQUESTER = Place(computer=ComputerGuid("c"), partition=PartitionId("p"))


def test_a_claim_is_written_as_clients_always_have():
    assert partition_claim(REQUESTER) == "X-SlapPartition computer_id=c, computer_partition_id=p"


@pytest.mark.parametrize(
    "value",
    [
        partition_claim(REQUESTER),
        "x-slappartition computer_partition_id = p,computer_id = c",
        "  X-SLAPPARTITION computer_id=c, computer_partition_id=p, other",
    ],
)
def test_a_claim_is_read(value):
    assert claimed_partition(value) == REQUESTER


@pytest.mark.parametrize(
    "value",
    [None, "", "Basic abc", "X-SlapPartition", "X-SlapPartition computer_id=c", "X-SlapPartition a=b,,"],
)
def test_anything_else_claims_nothing(value):
    assert claimed_partition(value) is None


def test_impossible_ids_are_refused():
    with pytest.raises(InvalidInput):
        claimed_partition("X-SlapPartition computer_id=../x, computer_partition_id=p")
