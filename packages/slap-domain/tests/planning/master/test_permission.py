import pytest

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import ANYBODY, OPERATOR, STRANGER, computer, partition, user
from slap_domain.model.master.instance_tree import Instance, InstanceKey
from slap_domain.model.master.placement import Slot
from slap_domain.model.master.records import ComputerRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.planning.master.permission import (
    check_computer,
    check_known,
    check_owner,
    check_place,
    check_same_tree,
    check_supply,
    check_tenant,
)

PLACE = Place(computer=ComputerGuid("COMP-1"), partition=PartitionId("slappart0"))
OTHER = Place(computer=ComputerGuid("COMP-2"), partition=PartitionId("slappart0"))
CALLERS = {
    "anybody": ANYBODY,
    "operator": OPERATOR,
    "stranger": STRANGER,
    "owner": user("ada"),
    "other user": user("bob"),
    "computer": computer(PLACE.computer),
    "other computer": computer(OTHER.computer),
    "partition": partition(PLACE),
    "other partition": partition(OTHER),
}


def instance(title="web", root="", owner="ada", place=PLACE):
    return Instance(
        key=InstanceKey(title=InstanceTitle(title), root=InstanceTitle(root)),
        release=SoftwareUrl("r"),
        type=SoftwareType("default"),
        owner=owner,
        slot=Slot(place=place, position=0) if place else None,
    )


def owned_by(owner):
    return ComputerRecord(guid=PLACE.computer, owner=owner)


def allowed(check):
    found = set()
    for name, caller in CALLERS.items():
        try:
            check(caller)
        except NotAllowed:
            continue
        found.add(name)
    return found


TRUSTED = {"anybody", "operator"}


@pytest.mark.parametrize(
    ("check", "who"),
    [
        (check_known, set(CALLERS) - {"stranger"}),
        (check_tenant, TRUSTED | {"owner", "other user"}),
        (
            lambda caller: check_supply(caller, PLACE.computer, owned_by("ada")),
            TRUSTED | {"owner", "computer"},
        ),
        (
            lambda caller: check_supply(caller, PLACE.computer, owned_by("")),
            TRUSTED | {"owner", "other user", "computer"},
        ),
        (lambda caller: check_supply(caller, PLACE.computer, None), TRUSTED | {"computer"}),
        (
            lambda caller: check_computer(caller, PLACE.computer, owned_by("ada")),
            TRUSTED | {"owner", "computer"},
        ),
        (lambda caller: check_computer(caller, PLACE.computer, owned_by("")), TRUSTED | {"computer"}),
        (lambda caller: check_computer(caller, PLACE.computer, None), TRUSTED | {"computer"}),
        (
            lambda caller: check_place(caller, PLACE, instance()),
            TRUSTED | {"owner", "computer", "partition"},
        ),
        (lambda caller: check_place(caller, PLACE, None), TRUSTED | {"computer", "partition"}),
        (lambda caller: check_owner(caller, instance()), TRUSTED | {"owner"}),
        (
            lambda caller: check_same_tree(caller, instance("db", "web", place=OTHER), instance()),
            TRUSTED | {"owner", "computer", "partition", "other partition"},
        ),
        (
            lambda caller: check_same_tree(caller, instance("db", "app", place=OTHER), instance()),
            TRUSTED | {"owner", "computer", "partition"},
        ),
        (
            lambda caller: check_same_tree(
                caller, instance("db", "web", owner="bob", place=OTHER), instance()
            ),
            TRUSTED | {"owner", "computer", "partition"},
        ),
        (lambda caller: check_same_tree(caller, None, instance(place=None)), TRUSTED | {"owner"}),
    ],
)
def test_each_caller_may_do_what_is_theirs(check, who):
    assert allowed(check) == who
