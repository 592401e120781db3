"""Steps about who may do what, and how a computer gets its certificate."""

from features.worlds.served_master import COMPUTER, RELEASE, ServedMaster, description, request_form
from pytest_bdd import given, parsers, then, when

from slap_http_adapter.wire.marshal import dumps, loads

EVERYBODY = ("somebody", "zoe", "max", "her computer", "her partition", "his computer", "his partition")
COMPUTERS = {"zoe": "her", "max": "his"}


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
DEEDS = {
    "ask what the computer shall": ("get", "getFullComputerInformation", {"computer_id": "COMP-1"}),
    "describe the computer": ("post", "loadComputerConfigurationFromXML", {"xml": description("COMP-1", 2)}),
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
    "free the partition of web": ("post", "destroyedComputerPartition", WEB),
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
