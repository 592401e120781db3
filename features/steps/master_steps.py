"""Steps about a master that is served over loopback, and about those who speak to it."""

import contextlib
import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from features.worlds.former_implementation import install_former_implementation
from features.worlds.served_master import COMPUTER, RELEASE, ServedMaster, request_form, served_master
from pytest_bdd import given, parsers, then, when

from slap_domain.errors import NotFound
from slap_http_adapter.wire.marshal import dumps, loads
from slap_proxy.overview import Selection, read_overview
from slap_proxy.settings import TrustMode

LIFE = Path(__file__).parent.parent / "worlds" / "life_of_an_instance.py"
CLIENT_SECONDS = 120
EVERYBODY = ("somebody", "zoe", "max", "her computer", "her partition", "his computer", "his partition")
COMPUTERS = {"zoe": "her", "max": "his"}


@pytest.fixture
def stack():
    with contextlib.ExitStack() as opened:
        yield opened


@pytest.fixture(scope="session")
def former_environment(tmp_path_factory):
    return install_former_implementation(tmp_path_factory.mktemp("former"))


@pytest.fixture
def environment_of(request):
    def find(version):
        if version == "1.6.10":
            return request.getfixturevalue("former_environment")
        return request.getfixturevalue("existing_implementation").folder

    return find


@given(parsers.parse("an open master with a computer of {count:d} partitions"), target_fixture="master")
def _(stack, tmp_path, count):
    master = stack.enter_context(served_master(tmp_path, TrustMode.OPEN))
    master.describe("somebody", COMPUTER, count)
    return master


@given("a master that trusts certificates", target_fixture="master")
def _(stack, tmp_path):
    return stack.enter_context(served_master(tmp_path, TrustMode.TLS))


@given(parsers.parse("the users {names}"))
def _(master, names):
    for name in names.split(", "):
        master.register_user(name)


@given(parsers.parse("the instances {titles}"))
def _(master, titles):
    for title in titles.split(", "):
        assert master.request("somebody", title).status_code == 200


# Deployed clients


@pytest.fixture
def ran():
    return {}


def run(words, directory, ran):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_SECONDS,
        cwd=directory,
        env={"HOME": str(directory), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    ran.update(status=done.returncode, said=done.stdout + done.stderr)


@when(parsers.parse("the client {version} runs: {words}"))
def _(master, environment_of, tmp_path, ran, version, words):
    configuration = tmp_path / "client.cfg"
    configuration.write_text(f"[slapos]\nmaster_url = {master.url}\n[slapconsole]\n", encoding="utf-8")
    words = words.replace("RELEASE", RELEASE).split(" ")
    command = 2 if words[0] in {"service", "computer"} else 1
    slapos = environment_of(version) / "bin" / "slapos"
    run([slapos, *words[:command], "--cfg", configuration, *words[command:]], tmp_path, ran)


@when(parsers.parse("the library {version} lives the life of an instance"))
def _(master, environment_of, tmp_path, ran, version):
    run([environment_of(version) / "bin" / "python", LIFE, master.url, RELEASE, COMPUTER], tmp_path, ran)


@then("the client succeeds")
def _(ran):
    assert ran["status"] == 0, ran["said"]


@then("the client fails")
def _(ran):
    assert ran["status"] != 0, ran["said"]


@then(parsers.parse('the client says "{text}"'))
def _(ran, text):
    assert text in ran["said"]


@then(parsers.parse("the operator is shown the instance {title} on {computer}"))
def _(master, title, computer):
    rows = [row for row in master.shown()["instances"] if row["title"] == title]
    assert [row["computer"] for row in rows] == [computer]


# Looking


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


# Allocation


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
    partitions = [{"reference": f"slappart{index}", "address_list": [], "tap": {}} for index in range(count)]
    whole = {"reference": COMPUTER, "address": "", "netmask": "", "partition_list": partitions}
    master.post("somebody", "loadComputerConfigurationFromXML", xml=dumps(whole).decode())


@when(parsers.parse("{url} is supplied"))
def _(master, url):
    master.post("somebody", "supplySupply", url=url, computer_id=COMPUTER, state="available")


@when(parsers.parse("{title} is requested with {name} {value:d}"))
def _(master, title, name, value):
    master.request("somebody", title, filter_xml=dumps({name: value}).decode())


@then(parsers.parse("it is refused with {status:d}, naming {name}"))
def _(master, status, name):
    assert master.last.status_code == status
    assert name in master.last.text


@then(parsers.parse("it is answered with {status:d}"))
def _(master, status):
    assert master.last.status_code == status, master.last.text


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


# Trust


@when("zoe asks for a computer token", target_fixture="token")
def _(master):
    return master.get("zoe", "hateoas/computer_module/Base_getComputerToken").json()["access_token"]


@when(parsers.parse("a computer called {title} registers with it"))
def _(master, title, token):
    register(master, title, token)


def register(master, title, token):
    master.last = master.clients["somebody"].post(
        "/Person_requestComputer", data={"title": title}, headers={"X-Access-Token": token}
    )
    return master.last


def named_in(pair):
    return "COMP-" + pair["certificate"].partition("COMP-")[2].partition("/email")[0]


@then("the certificate names the computer where nodes look for it")
def _(master):
    assert named_in(master.last.json()) == "COMP-1"


@given("a computer of zoe with 2 partitions, and the instance web on it")
def _(master):
    for owner, title in (("zoe", "web"), ("max", "other")):
        token = master.get(owner, "hateoas/computer_module/Base_getComputerToken").json()["access_token"]
        pair = register(master, f"computer of {owner}", token).json()
        computer, name = named_in(pair), COMPUTERS[owner]
        master.clients[f"{name} computer"] = master.client(pair)
        master.describe(f"{name} computer", computer, 2)
        filters = dumps({"computer_guid": computer}).decode()
        assert master.request(owner, title, filter_xml=filters).status_code == 200
        place = {"computer_id": computer, "computer_partition_id": "slappart0"}
        identity = master.get(f"{name} computer", "getComputerPartitionCertificate", **place)
        master.clients[f"{name} partition"] = master.client(loads(identity.content))
    master.post("zoe", "supplySupply", url=RELEASE, computer_id="COMP-1", state="available")


WEB = {"computer_id": "COMP-1", "computer_partition_id": "slappart0"}
FORMAT = {
    "reference": "COMP-1",
    "address": "",
    "netmask": "",
    "partition_list": [
        {"reference": f"slappart{index}", "address_list": [], "tap": {}} for index in range(2)
    ],
}
DEEDS = {
    "ask what the computer shall": ("get", "getFullComputerInformation", {"computer_id": "COMP-1"}),
    "describe the computer": ("post", "loadComputerConfigurationFromXML", {"xml": dumps(FORMAT).decode()}),
    "supply the computer": (
        "post",
        "supplySupply",
        {"url": RELEASE, "computer_id": "COMP-1", "state": "available"},
    ),
    "report the release": ("post", "availableSoftwareRelease", {"url": RELEASE, "computer_id": "COMP-1"}),
    "ask what web shall": (
        "get",
        "registerComputerPartition",
        {"computer_reference": "COMP-1", "computer_partition_reference": "slappart0"},
    ),
    "publish for web": (
        "post",
        "setComputerPartitionConnectionXml",
        {**WEB, "connection_xml": dumps({"url": "u"}).decode()},
    ),
    "bang web": ("post", "softwareInstanceBang", {**WEB, "message": "x"}),
    "request a child of web": (
        "post",
        "requestComputerPartition",
        request_form("child", **WEB, filter_xml=dumps({"computer_guid": "COMP-1"}).decode()),
    ),
    "get the certificate of web": ("get", "getComputerPartitionCertificate", WEB),
    "see the service web": ("get", "hateoas/services/web", {}),
    "revoke the computer": ("post", "revokeComputerCertificate", {"computer_id": "COMP-1"}),
}


def may(master: ServedMaster, who, what):
    verb, method, fields = DEEDS[what]
    answer = master.get(who, method, **fields) if verb == "get" else master.post(who, method, **fields)
    assert answer.status_code in {200, 403, 404}, (who, what, answer.text)
    return answer.status_code == 200


@then("these may do it, and nobody else")
def _(master, datatable):
    table = {what: set(who.split(", ")) for what, who in datatable[1:]}
    assert set(table) == set(DEEDS)
    for what, allowed in table.items():
        # Who revokes the computer revokes the caller: that one comes last, from the computer's owner.
        callers = [who for who in EVERYBODY if who != "her computer"] + ["her computer"]
        if what == "revoke the computer":
            callers = [who for who in callers if who not in {"zoe", "her computer"}] + ["her computer"]
        assert {who for who in callers if may(master, who, what)} == allowed & set(callers), what


@when(parsers.parse("zoe's browser shows a page of {site} that supplies a computer"))
def _(master, site):
    form = {"url": RELEASE, "computer_id": COMPUTER, "state": "available"}
    master.last = master.clients["zoe"].post("/supplySupply", data=form, headers={"Origin": site})


@when("the node reports web destroyed")
def _(master):
    assert master.post("her computer", "destroyedComputerPartition", **WEB).text == "OK"


@then("her partition may do nothing any more")
def _(master):
    for what in DEEDS:
        assert not may(master, "her partition", what), what
