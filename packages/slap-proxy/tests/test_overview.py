import httpx
import pytest

from slap_domain.errors import HostFailure, InvalidInput, NotFound
from slap_proxy.operator_tokens import list_certificates, make_token, revoke_certificate
from slap_proxy.overview import Selection, read_overview
from slap_proxy.server import running_master

JOURNAL = """<journal><transaction type="Sale Packing List">
<title>use</title><start_date>2026-01-01</start_date><stop_date>2026-01-02</stop_date>
<reference>r</reference><currency/><payment_mode/><category/>
<arrow type="Administration"><source/><destination/></arrow>
<movement><resource>cpu</resource><title>t</title><reference>slappart0</reference>
<quantity>1.5</quantity><price>0.0</price><VAT/><category/></movement>
</transaction></journal>"""


def post(client, method, **fields):
    response = client.post(f"/{method}", data=fields)
    assert response.status_code == 200, response.text


def test_overview_shows_what_nodes_reported(settings, recorded):
    release = "https://example.com/demo/software.cfg"
    with running_master(settings) as url, httpx.Client(base_url=url) as client:
        for name in (
            "loadComputerConfigurationFromXML",
            "supplySupply.available",
            "requestComputerPartition.root",
            "requestComputerPartition.shared",
        ):
            recorded(name).send(client)
        post(client, "softwareReleaseError", computer_id="local_computer", url=release, error_log="no gcc")
        partition = {"computer_id": "local_computer", "computer_partition_id": "slappart0"}
        post(client, "softwareInstanceError", **partition, error_log="promise failed")
        post(client, "useComputer", computer_id="local_computer", use_string=JOURNAL)
        post(client, "useComputer", computer_id="local_computer", use_string="<journal><x/></journal>")
        client.get("/getFullComputerInformation?computer_id=local_computer")
        while_running = read_overview(settings)
    shown = read_overview(settings)
    assert shown == while_running
    assert shown["computers"][0]["computer"] == "local_computer"
    assert shown["computers"][0]["last_contact"].endswith("+00:00")
    (software,) = shown["software"]
    assert (software["state"], software["message"]) == ("error", "no gcc")
    assert software["reported_at"].endswith("+00:00")
    (instance,) = shown["instances"]
    assert instance["access_status"] == "#error promise failed"
    assert instance["parameters"]["count"] == "3"
    assert [row["state"] for row in shown["partitions"]] == ["busy", "free"]
    (usage,) = shown["usage"]
    assert (usage["journals"], usage["valid"], usage["totals"]) == (2, 1, {"cpu": "1.5"})
    assert len(usage["complaints"]) == 1


@pytest.fixture
def two_trees(settings, recorded):
    """Give the settings of a master that has two computers, two trees and a release supplied elsewhere."""
    with running_master(settings) as url, httpx.Client(base_url=url) as client:
        for name in ("loadComputerConfigurationFromXML", "requestComputerPartition.root"):
            recorded(name).send(client)
        description = recorded("loadComputerConfigurationFromXML").body.replace("local_computer", "COMP-2")
        assert client.post("/loadComputerConfigurationFromXML", content=description, headers=FORM).is_success
        other = recorded("requestComputerPartition.root").body.replace("my+instance", "other")
        assert client.post("/requestComputerPartition", content=other, headers=FORM).is_success
        post(client, "supplySupply", url="https://example.com/x.cfg", computer_id="COMP-9", state="available")
        place = {"computer_id": "local_computer", "computer_partition_id": "slappart0"}
        post(client, "softwareInstanceError", **place, error_log="boom")
    return settings


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def names(rows, key="title"):
    return [row[key] for row in rows]


def test_overview_selects_a_tree_and_where_it_runs(two_trees):
    shown = read_overview(two_trees, Selection(tree="my instance"))
    assert names(shown["instances"]) == ["my instance"]
    assert names(shown["partitions"], "partition") == ["slappart0"]
    assert names(shown["computers"], "computer") == names(shown["usage"], "computer") == ["local_computer"]


def test_overview_selects_a_state_and_where_it_is(two_trees):
    shown = read_overview(two_trees, Selection(state="error"))
    assert names(shown["instances"]) == ["my instance"]
    assert names(shown["partitions"]) == ["my instance"]
    assert names(shown["computers"], "computer") == ["local_computer"]
    free = read_overview(two_trees, Selection(state="free"))
    assert set(names(free["partitions"], "computer")) == {"COMP-2"}
    assert read_overview(two_trees, Selection(state="stopped"))["computers"] == []


def test_overview_selects_a_computer_even_if_it_is_not_formatted(two_trees):
    assert names(read_overview(two_trees)["software"], "computer") == ["COMP-9"]
    shown = read_overview(two_trees, Selection(computer="COMP-9"))
    assert names(shown["software"], "computer") == ["COMP-9"]
    assert shown["instances"] == shown["computers"] == []


def test_overview_says_what_is_not_known(two_trees):
    for selection, error in (
        (Selection(computer="no"), NotFound),
        (Selection(tree="no"), NotFound),
        (Selection(state="no"), InvalidInput),
    ):
        with pytest.raises(error) as raised:
            read_overview(two_trees, selection)
        assert raised.value.hint


def test_overview_of_no_database_is_an_error(settings):
    with pytest.raises(HostFailure, match="there is no database"):
        read_overview(settings)


def test_tokens_are_for_users_and_computers_alone(settings):
    assert len(make_token(settings, "user")) > 40
    with pytest.raises(InvalidInput, match="partition"):
        make_token(settings, "partition")
    for kind in ("user", "computer"):
        with pytest.raises(InvalidInput, match="control character"):
            make_token(settings, kind, "zoe\n")


def test_certificates_are_listed_and_revoked(settings):
    with running_master(settings) as url, httpx.Client(base_url=url) as client:
        token = make_token(settings, "user", "zoë")
        given = client.post("/Person_getCertificate", headers={"X-Access-Token": token})
        assert given.status_code == 200
        assert client.post("/Person_getCertificate", headers={"X-Access-Token": token}).status_code == 403
    (row,) = list_certificates(settings)
    assert (row.kind, row.name, row.state) == ("user", "zoë", "valid")
    revoke_certificate(settings, row.serial)
    assert list_certificates(settings)[0].state.startswith("revoked at ")
    with pytest.raises(NotFound):
        revoke_certificate(settings, "1")
