"""Steps about which partition a request gets, and which requests are refused."""

from features.worlds.served_master import COMPUTER, description
from pytest_bdd import parsers, then, when

from slap_http_adapter.wire.marshal import dumps, loads


@when(parsers.parse("{count:d} clients request distinct names at once"))
def _(master, count):
    master.request_at_once([f"instance {index}" for index in range(count)])


@when(parsers.parse("{count:d} clients request the same name at once"))
def _(master, count):
    master.request_at_once(["one"] * count)


@then(parsers.parse("{count:d} of them get a partition, each another one"))
def _(master, count):
    given_out = master.places_given()
    assert len(given_out) == len(set(given_out)) == count


@then(parsers.parse("the other {count:d} are told that nothing is free"))
def _(master, count):
    refused = [answer for answer in master.answers if answer.status_code == 404]
    assert len(refused) == count
    assert all("No free computer partition found" in answer.text for answer in refused)


@then("all of them get the same partition")
def _(master):
    assert len(master.places_given()) == len(master.answers)
    assert len(set(master.places_given())) == 1


@when(parsers.parse("the computer is described with {count:d} partition"))
def _(master, count):
    master.post("somebody", "loadComputerConfigurationFromXML", xml=description(COMPUTER, count))


@when(parsers.parse("{url} is supplied"))
def _(master, url):
    master.post("somebody", "supplySupply", url=url, computer_id=COMPUTER, state="available")


@when(parsers.parse("{title} is requested with {name} {value:d}"))
def _(master, title, name, value):
    master.request("somebody", title, filter_xml=dumps({name: value}).decode())


@when(parsers.parse("{title} is requested in state {state}"))
def _(master, title, state):
    master.request("somebody", title, state=dumps(state).decode())


@when(parsers.parse("the partition of {parent} requests {title} in state {state}"))
def _(master, parent, title, state):
    told = loads(master.request("somebody", parent).content).state
    place = {
        "computer_id": told["slap_computer_id"],
        "computer_partition_id": told["slap_computer_partition_id"],
    }
    master.request("somebody", title, state=dumps(state).decode(), **place)


@then(parsers.parse("{count:d} partitions are free"))
def _(master, count):
    assert [row["state"] for row in master.shown()["partitions"]].count("free") == count


@then(parsers.parse("the answer says that it is {state}"))
def _(master, state):
    assert loads(master.last.content).state["_requested_state"] == state
