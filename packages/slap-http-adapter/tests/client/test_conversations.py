"""The four conversations: they ask what was captured, and answers become the model's values."""

from urllib.parse import urlsplit

import pytest
from scripted_master import Reply
from wire_samples import sample

from slap_domain.errors import MasterUnreachable, NoFreePartition, NotAllowed, NotFound, NotReady
from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.computer import ComputerDescription
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareEvent, SoftwareState
from slap_domain.ports.master_for_hosts import MasterForHosts
from slap_domain.ports.master_for_instances import MasterForInstances, PublishedConnection
from slap_domain.ports.master_for_nodes import MasterForNodes, PartitionCertificate
from slap_domain.ports.master_for_tenants import MasterForTenants
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.instances import HttpMasterForInstances
from slap_http_adapter.client.nodes import HttpMasterForNodes
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_http_adapter.wire.description import computer_description
from slap_http_adapter.wire.marshal import dumps, loads
from slap_http_adapter.wire.request import form_requester, instance_request

COMPUTER = ComputerGuid("local_computer")
PARTITION = PartitionId("slappart0")
URL = SoftwareUrl("https://example.com/demo/software.cfg")


@pytest.fixture
def replay(master):
    """Answer as a captured master did."""

    def script(name: str) -> None:
        captured = sample(name)
        master.answer(Reply(status=captured.status, body=captured.answer.encode()))

    return script


@pytest.fixture
def same_as(master):
    """Assert that what was asked is, byte for byte, what was captured."""

    def check(name: str) -> None:
        captured, asked = sample(name), master.asked[-1]
        assert (asked.verb, asked.path) == (captured.method, captured.path)
        assert asked.body == captured.body
        assert asked.headers.get("authorization") == captured.headers.get("Authorization")

    return check


class TestNodes:
    @pytest.fixture
    def nodes(self, connection) -> MasterForNodes:
        return HttpMasterForNodes(connection)

    def test_assignment(self, nodes, replay, same_as):
        replay("getFullComputerInformation")
        assignment = nodes.assignment(COMPUTER)
        same_as("getFullComputerInformation")
        assert [partition.id for partition in assignment.partitions] == ["slappart0", "slappart1"]

    def test_an_old_master_is_asked_by_the_old_name(self, nodes, master):
        body = sample("getFullComputerInformation").answer.encode()
        master.by_method = {
            "getFullComputerInformation": Reply(status=404),
            "getComputerInformation": Reply(body=body),
        }
        assert len(nodes.assignment(COMPUTER).partitions) == 2

    def test_an_unknown_computer_is_told(self, nodes, master):
        master.answer(Reply(status=404, body=b"computer x does not exist"))
        with pytest.raises(NotFound, match="does not exist"):
            nodes.assignment(COMPUTER)

    @pytest.mark.parametrize("body", [b"", b"<html>", dumps("x")])
    def test_an_assignment_that_is_none_is_told(self, nodes, master, body):
        master.answer(body)
        with pytest.raises(MasterUnreachable):
            nodes.assignment(COMPUTER)

    def test_destroyed_release(self, nodes, replay, same_as):
        replay("destroyedSoftwareRelease")
        nodes.report_software(COMPUTER, URL, SoftwareEvent.DESTROYED)
        same_as("destroyedSoftwareRelease")

    @pytest.mark.parametrize(
        ("event", "method"),
        [
            (SoftwareEvent.BUILDING, "buildingSoftwareRelease"),
            (SoftwareEvent.AVAILABLE, "availableSoftwareRelease"),
            (SoftwareEvent.ERROR, "softwareReleaseError"),
        ],
    )
    def test_other_reports_of_releases(self, nodes, master, event, method):
        master.answer("Ignored")
        nodes.report_software(COMPUTER, URL, event, "why")
        expected = {"url": URL, "computer_id": COMPUTER}
        if event is SoftwareEvent.ERROR:
            expected["error_log"] = "why"
        assert (master.asked[0].method, master.asked[0].form) == (method, expected)

    @pytest.mark.parametrize(
        ("event", "name"),
        [
            (InstanceEvent.STARTED, "startedComputerPartition"),
            (InstanceEvent.ERROR, "softwareInstanceError"),
            (InstanceEvent.DESTROYED, "destroyedComputerPartition.root-refused"),
        ],
    )
    def test_reports_of_instances(self, nodes, replay, same_as, event, name):
        replay(name)
        nodes.report_instance(COMPUTER, PARTITION, event, "boom")
        same_as(name)

    def test_stopped(self, nodes, master):
        master.answer("Ignored")
        nodes.report_instance(COMPUTER, PARTITION, InstanceEvent.STOPPED)
        assert master.asked[0].method == "stoppedComputerPartition"

    def test_children(self, nodes, replay, same_as):
        name = "updateComputerPartitionRelatedInstanceList.404"
        replay(name)
        with pytest.raises(NotFound):
            nodes.report_children(COMPUTER, PARTITION, (InstanceTitle("db"), InstanceTitle("site")))
        same_as(name)

    def test_certificate(self, nodes, replay, same_as):
        replay("getComputerPartitionCertificate")
        assert nodes.partition_certificate(COMPUTER, PARTITION) == PartitionCertificate(
            certificate="", key=""
        )
        same_as("getComputerPartitionCertificate")

    def test_a_certificate_that_is_none_is_told(self, nodes, master):
        master.answer(dumps({"key": 1}))
        with pytest.raises(MasterUnreachable, match="key is no text"):
            nodes.partition_certificate(COMPUTER, PARTITION)

    def test_addresses_of_a_tree(self, nodes, master):
        master.answer(dumps([("tap0", "10.0.0.1"), ["tap1", "2001:db8::1"]]))
        assert nodes.tree_addresses(COMPUTER, PARTITION) == (
            InterfaceAddress(interface="tap0", address="10.0.0.1"),
            InterfaceAddress(interface="tap1", address="2001:db8::1"),
        )
        assert master.asked[0].query == {"computer_id": COMPUTER, "computer_partition_id": PARTITION}

    def test_addresses_that_are_none_are_told(self, nodes, master):
        master.answer(dumps(["10.0.0.1"]))
        with pytest.raises(MasterUnreachable):
            nodes.tree_addresses(COMPUTER, PARTITION)


class TestHosts:
    @pytest.fixture
    def hosts(self, connection) -> MasterForHosts:
        return HttpMasterForHosts(connection)

    def test_describe(self, hosts, replay, same_as):
        name = "loadComputerConfigurationFromXML"
        replay(name)
        hosts.describe(computer_description(loads(dict(sample(name).form)["xml"])))
        same_as(name)

    def test_a_complete_document_is_sent_as_it_is(self, hosts, master):
        master.answer("done")
        hosts.describe(ComputerDescription(guid=COMPUTER), document="<marshal><none/></marshal>")
        assert master.asked[0].form == {"xml": "<marshal><none/></marshal>"}

    def test_bang_of_a_computer(self, hosts, replay, same_as):
        replay("computerBang")
        hosts.bang_computer(COMPUTER, "reboot")
        same_as("computerBang")

    def test_bang_of_an_instance(self, hosts, replay, same_as):
        replay("softwareInstanceBang")
        hosts.bang_instance(COMPUTER, PARTITION, "help")
        same_as("softwareInstanceBang")

    def test_usage(self, hosts, replay, same_as):
        replay("useComputer")
        hosts.report_usage(COMPUTER, dict(sample("useComputer").form)["use_string"])
        same_as("useComputer")

    def test_no_usage_is_not_sent(self, hosts, master):
        hosts.report_usage(COMPUTER, "")
        assert master.asked == []

    def test_bangs_are_not_repeated(self, hosts, master):
        master.answer(503)
        with pytest.raises(MasterUnreachable):
            hosts.bang_computer(COMPUTER, "x")
        assert len(master.asked) == 1


class TestInstances:
    @pytest.fixture
    def instances(self, connection) -> MasterForInstances:
        return HttpMasterForInstances(connection)

    def test_publish(self, instances, replay, same_as):
        name = "setComputerPartitionConnectionXml"
        replay(name)
        instances.publish(
            PublishedConnection(
                computer=COMPUTER,
                partition=PARTITION,
                parameters={"url": "https://\u00fc/", "_": '{"port": 80}'},
            )
        )
        same_as(name)

    def test_publish_for_a_shared_instance(self, instances, replay, same_as):
        name = "setComputerPartitionConnectionXml.shared"
        replay(name)
        instances.publish(
            PublishedConnection(
                computer=COMPUTER,
                partition=PARTITION,
                parameters={"url": "https://shared.example/"},
                shared_reference="my instance_site",
            )
        )
        same_as(name)

    def test_rename(self, instances, replay, same_as):
        replay("softwareInstanceRename")
        instances.rename(COMPUTER, PartitionId("slappart1"), InstanceTitle("database"))
        same_as("softwareInstanceRename")

    def test_rename_of_a_shared_instance(self, instances, master):
        master.answer("done")
        instances.rename(COMPUTER, PARTITION, InstanceTitle("new"), "root_old")
        assert master.asked[0].form["slave_reference"] == "root_old"

    def test_an_old_master_s_refusal_is_told(self, instances, master):
        master.answer("Unknown partition 'slappart0' on 'local_computer'")
        with pytest.raises(NotFound, match="Unknown partition"):
            instances.rename(COMPUTER, PARTITION, InstanceTitle("new"))


class TestTenants:
    @pytest.fixture
    def tenants(self, connection) -> MasterForTenants:
        return HttpMasterForTenants(connection)

    @pytest.fixture
    def with_hateoas(self, master):
        """Serve the captured HATEOAS documents under the master's own URL."""

        def serve(search: str, document: str = "") -> None:
            root = sample("hateoas.root").answer.replace("http://127.0.0.1:5001", master.url)
            master.answer(f"{master.url}/hateoas/", root, sample(search).answer)
            if document:
                master.replies.append(Reply(status=302, headers={"Location": "/hateoas/document"}))
                master.by_method["hateoas/document"] = Reply(body=sample(document).answer.encode())

        return serve

    def test_supply(self, tenants, replay, same_as):
        replay("supplySupply.available")
        tenants.supply(URL, COMPUTER, SoftwareState.AVAILABLE)
        same_as("supplySupply.available")

    def test_supply_to_an_unknown_computer(self, tenants, master):
        master.answer(404)
        with pytest.raises(NotFound, match="local_computer"):
            tenants.supply(URL, COMPUTER, SoftwareState.AVAILABLE)

    @pytest.mark.parametrize("kind", ["root", "child", "shared", "destroy-root"])
    def test_request(self, tenants, replay, same_as, kind):
        name = f"requestComputerPartition.{kind}"
        replay(name)
        form = dict(sample(name).form)
        instance = tenants.request(instance_request(form, form_requester(form)))
        same_as(name)
        assert instance.computer == "local_computer"
        assert instance.release == form["software_release"]

    def test_no_room(self, tenants, replay):
        name = "requestComputerPartition.404-no-free-partition"
        replay(name)
        with pytest.raises(NoFreePartition, match="one too many"):
            tenants.request(instance_request(dict(sample(name).form), None))

    def _request(self, tenants):
        form = dict(sample("requestComputerPartition.root").form)
        return tenants.request(instance_request(form, None))

    def test_not_ready(self, tenants, master):
        master.answer(408)
        with pytest.raises(NotReady):
            self._request(tenants)

    def test_a_foreign_requester_is_refused(self, tenants, master):
        master.answer(403)
        with pytest.raises(NotAllowed) as caught:
            self._request(tenants)
        assert "cert_file" in caught.value.hint

    def test_an_answer_that_is_none_is_told(self, tenants, master):
        master.answer(dumps([]))
        with pytest.raises(MasterUnreachable, match="SoftwareInstance"):
            self._request(tenants)

    def test_list_services(self, tenants, master, with_hateoas):
        with_hateoas("hateoas.search.instance-tree-list")
        services = tenants.list_services()
        assert [(service.title, service.release, service.shared) for service in services] == [
            ("rpc shared", URL, True),
            ("svc", URL, False),
        ]
        captured = sample("hateoas.search.instance-tree-list")
        assert master.asked[-1].path == captured.path
        assert urlsplit(master.asked[1].path).path == "/hateoas/"

    def test_the_root_document_is_fetched_once(self, tenants, master, with_hateoas):
        with_hateoas("hateoas.search.instance-tree-list")
        tenants.list_services()
        tenants.list_services()
        assert [asked.path for asked in master.asked].count("/hateoas/") == 1

    def test_describe_service(self, tenants, master, with_hateoas):
        with_hateoas("hateoas.search.instance-tree-info", "hateoas.partition-document")
        service = tenants.describe_service(InstanceTitle("svc"))
        assert master.asked[2].path == sample("hateoas.search.instance-tree-info").path
        assert master.asked[3].path == sample("hateoas.traverse.302").path
        assert (service.title, service.release, service.type) == ("svc", URL, "default")
        assert (service.state, service.shared, service.news) == (InstanceState.STARTED, False, None)
        assert (service.parameters, service.connection) == ({"a": "1"}, {"k": "v"})

    def test_describe_a_shared_service(self, tenants, with_hateoas):
        with_hateoas("hateoas.search.instance-tree-list", "hateoas.shared-document")
        service = tenants.describe_service(InstanceTitle("rpc shared"))
        assert (service.title, service.shared, service.connection) == ("rpc shared", True, {})
        assert service.state is InstanceState.STARTED

    def test_describe_what_is_not_there(self, tenants, master, with_hateoas):
        with_hateoas("hateoas.search.instance-tree-list")
        with pytest.raises(NotFound, match="other"):
            tenants.describe_service(InstanceTitle('other "quoted"'))
        assert master.asked[-1].query["query"].endswith('title:="other \\"quoted\\""')

    def test_list_computers(self, tenants, master, with_hateoas):
        with_hateoas("hateoas.search.computer-list")
        (computer,) = tenants.list_computers()
        assert (computer.guid, computer.title) == ("local_computer", "local_computer")
        assert master.asked[-1].path == sample("hateoas.search.computer-list").path

    def test_describe_computer(self, tenants, with_hateoas):
        with_hateoas("hateoas.search.computer-list", "hateoas.computer-document")
        assert tenants.describe_computer(COMPUTER).guid == "local_computer"

    def test_a_master_without_hateoas_is_told(self, tenants, replay):
        replay("getHateoasUrl.404")
        with pytest.raises(MasterUnreachable, match="no HATEOAS interface"):
            tenants.list_services()

    def test_releases_of_a_product(self, tenants, replay, same_as):
        replay("getSoftwareReleaseListFromSoftwareProduct")
        assert tenants.releases_of_product("demo") == (URL,)
        same_as("getSoftwareReleaseListFromSoftwareProduct")

    @pytest.mark.parametrize("value", ["x", [""]])
    def test_releases_that_are_none_are_told(self, tenants, master, value):
        master.answer(dumps(value))
        with pytest.raises(MasterUnreachable):
            tenants.releases_of_product("demo")


def test_a_requester_is_claimed_in_the_header(master, connection):
    master.answer("")
    requester = Place(computer=COMPUTER, partition=PARTITION)
    connection.post("x", {}, requester=requester)
    assert master.asked[0].headers["authorization"] == sample("softwareInstanceBang").headers["Authorization"]
