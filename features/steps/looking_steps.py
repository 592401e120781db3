"""Steps about what an operator is shown of a master."""

from datetime import datetime

import pytest
from features.worlds.served_master import COMPUTER
from pytest_bdd import parsers, then, when

from slap_domain.errors import NotFound
from slap_proxy.overview import Selection, read_overview


@when(parsers.parse("the node reports that {partition} failed: {message}"))
def _(master, partition, message):
    place = {"computer_id": COMPUTER, "computer_partition_id": partition}
    master.post("somebody", "softwareInstanceError", **place, error_log=message)


@then(
    parsers.parse("the operator who looks for {state} is shown the instances {titles}"), target_fixture="rows"
)
def _(master, state, titles):
    rows = read_overview(master.settings, Selection(state=state))["instances"]
    assert [row["title"] for row in rows] == titles.split(", ")
    return rows


@then(parsers.parse("the operator is told {message}, and when it was"))
def _(rows, message):
    assert (rows[0]["message"], rows[0]["access_status"]) == (message, f"#error {message}")
    assert datetime.fromisoformat(rows[0]["reported_at"]).tzinfo is not None


@when(parsers.parse("the operator looks for the service {title}"), target_fixture="refusal")
def _(master, title):
    with pytest.raises(NotFound) as refusal:
        read_overview(master.settings, Selection(tree=title))
    return refusal.value


@then(parsers.parse("the operator is told that there is {titles}"))
def _(refusal, titles):
    assert refusal.hint == f"there is {titles}"
