"""How much may be kept of one instance: nodes are told all of it at every pass."""

from dataclasses import replace

import pytest

from slap_domain.errors import InvalidInput
from slap_domain.model.place import Place
from slap_domain.model.references import PartitionId
from slap_domain.planning.master.acceptance import SIZE_LIMIT
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.testing.master_contract import COMPUTER, wanted

ROOT = PartitionId("slappart0")
FITS = {"a": "x" * (SIZE_LIMIT - 1)}
TOO_MUCH = {"a": "x" * SIZE_LIMIT}
REFUSAL = f"have {SIZE_LIMIT + 1} characters, the limit is {SIZE_LIMIT}"


def publish(master, parameters, reference=""):
    connection = PublishedConnection(
        computer=COMPUTER, partition=ROOT, parameters=parameters, shared_reference=reference
    )
    master.instances.publish(connection)


@pytest.mark.parametrize("title", ["web", "another"])
@pytest.mark.parametrize("shared", [False, True])
def test_parameters_have_a_limit(master, title, shared):
    request = replace(wanted(title), shared=shared)
    before = master.stored(title, shared=shared)
    for refused in ({"parameters": TOO_MUCH}, {"filters": TOO_MUCH}):
        with pytest.raises(InvalidInput, match=REFUSAL):
            master.tenants.request(replace(request, **refused))
    assert master.stored(title, shared=shared) == before
    assert (
        master.tenants.request(replace(request, parameters=FITS, filters=FITS)).parameters["a"] == FITS["a"]
    )


def test_values_that_are_no_text_count_too(master):
    request = replace(wanted("shared"), shared=True, parameters={"a": ["x" * SIZE_LIMIT]})
    with pytest.raises(InvalidInput, match="the limit is"):
        master.tenants.request(request)


def test_connection_parameters_have_a_limit(master):
    with pytest.raises(InvalidInput, match=REFUSAL):
        publish(master, TOO_MUCH)
    publish(master, FITS)
    assert master.stored("web").connection == FITS


def test_names_of_children_have_a_limit(master):
    titles = tuple(f"{number:0100}" for number in range(SIZE_LIMIT // 100 + 1))
    with pytest.raises(InvalidInput, match="the limit is"):
        master.nodes.report_children(COMPUTER, ROOT, titles)
    master.nodes.report_children(COMPUTER, ROOT, titles[:-1])
    assert len(master.stored("web").related) == SIZE_LIMIT // 100


def test_what_was_recorded_before_may_be_repeated_and_destroyed(master):
    before = replace(master.stored("web"), parameters=TOO_MUCH, connection=TOO_MUCH)
    master.registry.write(lambda records: records.instances.save(before))
    assert (
        master.tenants.request(replace(wanted("web"), parameters=TOO_MUCH)).parameters["a"] == TOO_MUCH["a"]
    )
    publish(master, TOO_MUCH)
    assert (
        master.registry.read(
            lambda records: records.instances.at(Place(computer=COMPUTER, partition=ROOT)).parameters
        )
        == TOO_MUCH
    )
