"""Every method as every kind of caller, on what is their own and on what is not."""

import contextlib
import ssl
from dataclasses import replace

import httpx
import pytest

from slap_http_adapter.wire.marshal import dumps, loads
from slap_proxy.http_api.hateoas import Hateoas
from slap_proxy.http_api.routes import SlapMethods, hateoas_endpoints, slap_endpoints
from slap_proxy.http_api.slap_computers import SlapComputers
from slap_proxy.http_api.slap_partitions import SlapPartitions
from slap_proxy.http_api.slap_tenants import SlapTenants
from slap_proxy.json_api.schemas import SCHEMAS
from slap_proxy.operator_tokens import list_certificates, make_token, revoke_certificate
from slap_proxy.server import running_master
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.registration_endpoints import RegistrationMethods

RELEASE = "https://example.com/software.cfg"
CALLERS = ("stranger", "zoe", "max", "zoes computer", "max's computer", "zoes partition", "max's partition")
ZOES = {"computer_id": "COMP-1", "computer_partition_id": "slappart0"}
OWNER_AND_COMPUTER = {"zoe", "zoes computer"}
OWN_PARTITION = {"zoe", "zoes computer", "zoes partition"}
USERS = {"zoe", "max"}
KNOWN = set(CALLERS) - {"stranger"}
EVERYBODY = set(CALLERS)


def request_form(title, **more):
    return {
        "software_release": RELEASE,
        "software_type": "default",
        "partition_reference": title,
        "partition_parameter_xml": dumps({}).decode(),
        "filter_xml": dumps({"computer_guid": "COMP-1"}).decode(),
        "state": dumps(None).decode(),
        "shared_xml": dumps(False).decode(),
        **more,
    }


def description(guid):
    partitions = [
        {"reference": f"slappart{index}", "address_list": [], "tap": {"name": f"tap{index}"}}
        for index in range(9)
    ]
    whole = {"reference": guid, "address": "", "netmask": "", "partition_list": partitions}
    return {"xml": dumps(whole).decode()}


TABLE = [
    ("GET", "getRunId", {}, EVERYBODY),
    ("GET", "getHateoasUrl", {}, EVERYBODY),
    ("GET", "getFullComputerInformation", {"computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("GET", "getComputerInformation", {"computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("GET", "getComputerStatus", {"computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("GET", "getComputerPartitionStatus", ZOES, OWN_PARTITION),
    (
        "GET",
        "registerComputerPartition",
        {"computer_reference": "COMP-1", "computer_partition_reference": "slappart0"},
        OWN_PARTITION,
    ),
    ("GET", "getComputerPartitionCertificate", ZOES, OWN_PARTITION),
    ("GET", "getHostingSubscriptionIpList", ZOES, OWN_PARTITION),
    (
        "GET",
        "getSoftwareReleaseListFromSoftwareProduct",
        {"software_product_reference": "demo"},
        KNOWN,
    ),
    (
        "GET",
        "hateoas/",
        {"mode": "search", "query": 'portal_type:"Instance Tree" AND validation_state:validated'},
        USERS,
    ),
    ("GET", "hateoas/services/svc", {}, {"zoe"}),
    ("GET", "hateoas/computer_module/Base_getComputerToken", {}, USERS),
    ("POST", "loadComputerConfigurationFromXML", description("COMP-1"), OWNER_AND_COMPUTER),
    (
        "POST",
        "supplySupply",
        {"url": RELEASE, "computer_id": "COMP-1", "state": "available"},
        OWNER_AND_COMPUTER,
    ),
    ("POST", "buildingSoftwareRelease", {"url": RELEASE, "computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("POST", "availableSoftwareRelease", {"url": RELEASE, "computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    (
        "POST",
        "softwareReleaseError",
        {"url": RELEASE, "computer_id": "COMP-1", "error_log": "x"},
        OWNER_AND_COMPUTER,
    ),
    ("POST", "useComputer", {"computer_id": "COMP-1", "use_string": "<journal/>"}, OWNER_AND_COMPUTER),
    ("POST", "computerBang", {"computer_id": "COMP-1", "message": "x"}, OWNER_AND_COMPUTER),
    ("POST", "requestComputer", {"computer_title": "another"}, USERS),
    ("POST", "generateComputerCertificate", {"computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("POST", "requestComputerPartition", request_form("child", **ZOES), OWN_PARTITION),
    (
        "POST",
        "setComputerPartitionConnectionXml",
        {**ZOES, "connection_xml": dumps({}).decode()},
        OWN_PARTITION,
    ),
    ("POST", "startedComputerPartition", ZOES, OWN_PARTITION),
    ("POST", "stoppedComputerPartition", ZOES, OWN_PARTITION),
    ("POST", "softwareInstanceError", {**ZOES, "error_log": "x"}, OWN_PARTITION),
    ("POST", "softwareInstanceBang", {**ZOES, "message": "x"}, OWN_PARTITION),
    ("POST", "softwareInstanceRename", {**ZOES, "new_name": "svc"}, OWN_PARTITION),
    (
        "POST",
        "updateComputerPartitionRelatedInstanceList",
        {**ZOES, "instance_reference_xml": dumps([]).decode()},
        OWN_PARTITION,
    ),
    ("POST", "destroyedSoftwareRelease", {"url": RELEASE, "computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
    ("POST", "destroyedComputerPartition", ZOES, OWNER_AND_COMPUTER),
    ("POST", "Person_getCertificate", {}, USERS),
    ("POST", "Person_requestComputer", {"title": "another"}, set()),
    ("POST", "revokeComputerCertificate", {"computer_id": "COMP-1"}, OWNER_AND_COMPUTER),
]
JSON_TABLE = [
    ("slapos.get.v0.hateoas_url", {}, EVERYBODY),
    (
        "slapos.post.v0.software_installation",
        {"computer_guid": "COMP-1", "software_release_uri": RELEASE},
        OWNER_AND_COMPUTER,
    ),
    (
        "slapos.allDocs.v0.compute_node_software_installation_list",
        {"computer_guid": "COMP-1"},
        OWNER_AND_COMPUTER,
    ),
    ("slapos.allDocs.v0.compute_node_instance_list", {"computer_guid": "COMP-1"}, OWNER_AND_COMPUTER),
    ("slapos.get.v0.compute_node_status", {"computer_guid": "COMP-1"}, OWNER_AND_COMPUTER),
    ("slapos.put.v0.compute_node_bang", {"computer_guid": "COMP-1", "message": ""}, OWNER_AND_COMPUTER),
    ("slapos.post.v0.compute_node_certificate", {"computer_guid": "COMP-1"}, OWNER_AND_COMPUTER),
    ("slapos.get.v0.software_instance", {"instance_guid": "svc______0"}, OWN_PARTITION),
    (
        "slapos.get.v0.compute_partition",
        {"computer_guid": "COMP-1", "compute_partition_id": "slappart0"},
        OWN_PARTITION,
    ),
    ("slapos.get.v0.instance_tree", {"title": "svc"}, {"zoe"}),
    ("slapos.allDocs.v0.instance_tree_list", {}, USERS),
    ("slapos.allDocs.v0.instance_node_instance_list", {"instance_guid": "svc______0"}, OWN_PARTITION),
    (
        "slapos.put.v0.software_instance_reported_state",
        {"instance_guid": "svc______0", "reported_state": "started"},
        OWN_PARTITION,
    ),
    ("slapos.put.v0.software_instance_bang", {"instance_guid": "svc______0", "message": ""}, OWN_PARTITION),
    ("slapos.put.v0.software_instance_error", {"instance_guid": "svc______0", "message": ""}, OWN_PARTITION),
    ("slapos.put.v0.software_instance_title", {"instance_guid": "svc______0", "title": "svc"}, OWN_PARTITION),
    (
        "slapos.put.v0.software_instance_connection_parameter",
        {"instance_guid": "svc______0", "connection_parameter_dict": {}},
        OWN_PARTITION,
    ),
    ("slapos.get.v0.software_instance_certificate", {"instance_guid": "svc______0"}, OWN_PARTITION),
    ("slapos.allDocs.WIP.compute_node_list", {}, USERS),
    (
        "slapos.put.v0.software_installation_error",
        {"computer_guid": "COMP-1", "software_release_uri": RELEASE, "message": "x"},
        OWNER_AND_COMPUTER,
    ),
    (
        "slapos.put.v0.software_installation_reported_state",
        {"computer_guid": "COMP-1", "software_release_uri": RELEASE, "reported_state": "available"},
        OWNER_AND_COMPUTER,
    ),
    (
        "slapos.put.v0.compute_node_format",
        {
            "computer_guid": "COMP-1",
            "compute_partition_list": [{"partition_id": f"slappart{index}"} for index in range(9)],
        },
        OWNER_AND_COMPUTER,
    ),
    (
        "slapos.post.v0.compute_node_usage",
        {"computer_guid": "COMP-1", "tioxml": "<journal/>"},
        OWNER_AND_COMPUTER,
    ),
    (
        "slapos.post.v0.software_instance",
        {"title": "by CALLER", "software_release_uri": RELEASE, "software_type": ""},
        USERS | {"zoes partition", "max's partition"},
    ),
    ("slapos.remove.v0.compute_node_certificate", {"computer_guid": "COMP-1"}, OWNER_AND_COMPUTER),
]


class World:
    """A master in tls mode, and a client for each caller."""

    def __init__(self, settings, url, directory, stack):
        self.settings, self.url, self.directory, self.stack = settings, url, directory, stack
        self.authority = settings.trust.directory / "authority.crt"
        self.clients = {"stranger": self._client(None)}

    def _client(self, pair):
        context = ssl.create_default_context(cafile=str(self.authority))
        if pair is not None:
            file = self.directory / f"caller{len(self.clients)}.pem"
            file.write_text(pair["certificate"] + pair["key"], encoding="ascii")
            context.load_cert_chain(file)
        client = httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=10)
        return self.stack.enter_context(client)

    def add_user(self, name):
        token = make_token(self.settings, "user", name)
        answer = self.clients["stranger"].post("/Person_getCertificate", headers={"X-Access-Token": token})
        self.clients[name] = self._client(answer.json())

    def add_computer(self, owner, name):
        asked = self.clients[owner].get("/hateoas/computer_module/Base_getComputerToken")
        return self.register_computer(asked.json()["access_token"], name)

    def register_computer(self, token, name):
        headers = {"X-Access-Token": token}
        answer = self.clients["stranger"].post(
            "/Person_requestComputer", data={"title": name}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        self.clients[name] = self._client(answer.json())
        guid = answer.json()["certificate"].partition("COMP-")[2].partition("/email")[0]
        formatted = self.clients[name].post(
            "/loadComputerConfigurationFromXML", data=description(f"COMP-{guid}")
        )
        assert formatted.status_code == 200, formatted.text
        return f"COMP-{guid}"

    def renew_computer(self, name, guid):
        answer = self.clients["zoe"].post("/generateComputerCertificate", data={"computer_id": guid})
        self.clients[name] = self._client(loads(answer.content))

    def add_partition(self, computer, guid, name):
        place = {"computer_id": guid, "computer_partition_id": "slappart0"}
        answer = self.clients[computer].get("/getComputerPartitionCertificate", params=place)
        self.clients[name] = self._client(loads(answer.content))


@pytest.fixture
def world(settings, tmp_path):
    trust = Trust(mode=TrustMode.TLS, directory=tmp_path / "trust")
    settings = replace(settings, trust=trust)
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(running_master(settings))
        world = World(settings, url, tmp_path, stack)
        for owner, computer, partition in (
            ("zoe", "zoes computer", "zoes partition"),
            ("max", "max's computer", "max's partition"),
        ):
            world.add_user(owner)
            guid = world.add_computer(owner, computer)
            title = "svc" if owner == "zoe" else "other"
            form = request_form(title, filter_xml=dumps({"computer_guid": guid}).decode())
            answer = world.clients[owner].post("/requestComputerPartition", data=form)
            assert answer.status_code == 200, answer.text
            world.add_partition(computer, guid, partition)
        supply = {"url": RELEASE, "computer_id": "COMP-1", "state": "available"}
        assert world.clients["zoe"].post("/supplySupply", data=supply).status_code == 200
        yield world


def test_slap_methods_serve_whom_they_may(world):
    for verb, method, fields, allowed in TABLE:
        for caller in CALLERS:
            send = {"params": fields} if verb == "GET" else {"data": fields}
            status = world.clients[caller].request(verb, f"/{method}", **send).status_code
            if method == "revokeComputerCertificate" and status == 200:
                world.renew_computer("zoes computer", "COMP-1")
            assert (status == 200) is (caller in allowed), (method, caller, status)
            assert status < 500


def test_json_methods_serve_whom_they_may(world):
    for method, body, allowed in JSON_TABLE:
        for caller in CALLERS:
            named = {key: caller if value == "by CALLER" else value for key, value in body.items()}
            status = world.clients[caller].post(f"/{method}", json=named).status_code
            assert status == (200 if caller in allowed else 403), (method, caller)
            if method == "slapos.remove.v0.compute_node_certificate" and status == 200:
                world.renew_computer("zoes computer", "COMP-1")


def test_a_release_that_others_use_stays_on_everybody_s_computer(world):
    token = make_token(world.settings, "computer")
    guid = world.register_computer(token, "everybody's computer")
    supply = {"url": RELEASE, "computer_id": guid}
    assert world.clients["max"].post("/supplySupply", data=supply).status_code == 200
    form = request_form("hers", filter_xml=dumps({"computer_guid": guid}).decode())
    assert world.clients["zoe"].post("/requestComputerPartition", data=form).status_code == 200
    for caller, reason in (("max", "instances of others use"), ("zoe", "not the only one who supplied")):
        refused = world.clients[caller].post("/supplySupply", data={**supply, "state": "destroyed"})
        assert refused.status_code == 403
        assert reason in refused.text
    its_own = world.clients["everybody's computer"].post(
        "/supplySupply", data={**supply, "state": "destroyed"}
    )
    assert its_own.status_code == 200


def test_every_method_is_in_the_tables():
    slap = SlapMethods(
        computers=SlapComputers(None, None),
        partitions=SlapPartitions(None, None),
        tenants=SlapTenants(None, None, {}, answers_elsewhere=False),
        asks_others=False,
    )
    fixed = {**slap_endpoints(slap, ""), **hateoas_endpoints(Hateoas(None, None, ""))}
    served = {*fixed, *RegistrationMethods(None).endpoints()} - {"hateoas"}
    assert {method for method, _, _ in JSON_TABLE} == set(SCHEMAS)
    assert {method for _, method, _, _ in TABLE} >= served


def test_users_see_their_own_services_alone(world):
    for caller, expected in (("zoe", ["svc"]), ("max", ["other"])):
        listed = world.clients[caller].post("/slapos.allDocs.v0.instance_tree_list", json={}).json()
        assert [row["title"] for row in listed["result_list"]] == expected


def test_the_partition_header_is_believed_only_where_the_certificate_agrees(world):
    claim = {"Authorization": "X-SlapPartition computer_id=COMP-1, computer_partition_id=slappart0"}
    for caller in CALLERS:
        answer = world.clients[caller].post(
            "/requestComputerPartition", data=request_form("claimed"), headers=claim
        )
        assert answer.status_code == (200 if caller in OWN_PARTITION else 403), (caller, answer.text)


def test_a_partition_keeps_its_identity_until_it_is_destroyed(world):
    computer, partition = world.clients["zoes computer"], world.clients["zoes partition"]
    first = loads(computer.get("/getComputerPartitionCertificate", params=ZOES).content)
    assert loads(computer.get("/getComputerPartitionCertificate", params=ZOES).content) == first
    form = request_form("svc", state=dumps("destroyed").decode())
    assert world.clients["zoe"].post("/requestComputerPartition", data=form).status_code == 200
    assert computer.post("/destroyedComputerPartition", data=ZOES).text == "OK"
    refused = partition.get("/getSoftwareReleaseListFromSoftwareProduct?software_product_reference=demo")
    assert refused.status_code == 403
    assert "not valid any more" in refused.text


def test_a_revoked_computer_may_do_nothing(world):
    revoke = {"computer_id": "COMP-1"}
    for caller in ("max", "max's computer", "zoes partition", "stranger"):
        assert world.clients[caller].post("/revokeComputerCertificate", data=revoke).status_code == 403
    assert world.clients["zoe"].post("/revokeComputerCertificate", data=revoke).status_code == 200
    answer = world.clients["zoes computer"].get("/getFullComputerInformation", params=revoke)
    assert answer.status_code == 403


def test_a_user_renews_their_own_certificate(world):
    renewed = world.clients["zoe"].post("/Person_getCertificate")
    assert renewed.status_code == 200
    assert world.clients["max's computer"].post("/Person_getCertificate").status_code == 400


def test_the_operator_revokes_from_the_machine_of_the_master(world):
    serial = next(row.serial for row in list_certificates(world.settings) if row.name == "max")
    revoke_certificate(world.settings, serial)
    assert world.clients["max"].post("/slapos.allDocs.v0.instance_tree_list", json={}).status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_only_good_tokens_register(world, token):
    answer = world.clients["stranger"].post(
        "/Person_requestComputer", data={"title": "c"}, headers={"X-Access-Token": token}
    )
    assert answer.status_code in {400, 403}


def test_keys_are_secret_files(world):
    keys = [*world.settings.trust.directory.rglob("*.key"), *world.settings.trust.directory.rglob("*.pem")]
    assert len(keys) >= 3
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
