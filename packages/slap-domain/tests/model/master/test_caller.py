import pytest

from slap_domain.errors import InvalidInput
from slap_domain.model.master.caller import (
    ANYBODY,
    OPERATOR,
    STRANGER,
    Caller,
    CallerKind,
    computer,
    partition,
    user,
)
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId

PLACE = Place(computer=ComputerGuid("COMP-1"), partition=PartitionId("slappart0"))


@pytest.mark.parametrize("kind", [CallerKind.USER, CallerKind.COMPUTER, CallerKind.PARTITION])
def test_a_caller_of_these_kinds_has_a_name(kind):
    with pytest.raises(InvalidInput, match="has no name"):
        Caller(kind=kind)


def test_callers_describe_themselves():
    told = [
        each.describe()
        for each in (ANYBODY, user("ada"), computer(PLACE.computer), partition(PLACE), STRANGER)
    ]
    assert told == ["anybody", "user ada", "computer COMP-1", "partition slappart0 of COMP-1", "stranger"]


def test_anybody_and_the_operator_are_trusted():
    callers = (ANYBODY, OPERATOR, STRANGER, user("ada"), computer(PLACE.computer), partition(PLACE))
    assert [each.is_trusted for each in callers] == [True, True, False, False, False, False]
