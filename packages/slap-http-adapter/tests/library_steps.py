"""Calls of every method of the library, and a master that knows how to answer them."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library_probe import outcomes
from scripted_master import Asked, Reply, ScriptedMaster, scripted_master
from wire_samples import sample

from slap_http_adapter.wire.marshal import dumps
from slap_http_adapter.wire.values import WireObject

_PRODUCT = "getSoftwareReleaseListFromSoftwareProduct"
# Where ours does more than the existing one, on purpose.
DIFFERENCES = {
    "getInstanceParameter": "the existing one does not fetch, and says that a parameter does not exist",
    "getInstanceParameter absent": "as above",
    "getStatus": "the existing one returns None without asking",
}
STATUSES = (400, 401, 403, 404, 405, 408, 500, 501, 502, 503, 504, 520, 523, 524, 526)
RECORDED = Path(__file__).parent / "library" / "recorded_peer.json"
PROBE = Path(__file__).parent / "library_probe.py"

# By name: an expression over `slap`, `connection`, `partition`, `computer`, `release`, `order`, `supply`.
STEPS: Mapping[str, str] = {
    "partition": "partition",
    "getId": "partition.getId()",
    "getState": "partition.getState()",
    "getInstanceGuid": "partition.getInstanceGuid()",
    "getType": "partition.getType()",
    "getAccessStatus": "partition.getAccessStatus()",
    "getInstanceParameterDict": "partition.getInstanceParameterDict()",
    "getInstanceParameter": "partition.getInstanceParameter('size')",
    "getInstanceParameter absent": "partition.getInstanceParameter('absent')",
    "getConnectionParameterDict": "partition.getConnectionParameterDict()",
    "getConnectionParameter": "partition.getConnectionParameter('absent')",
    "getSoftwareRelease": "partition.getSoftwareRelease().getURI()",
    "getCertificate": "partition.getCertificate()",
    "getStatus": "partition.getStatus()",
    "getFullHostingIpAddressList": "partition.getFullHostingIpAddressList()",
    "started": "partition.started()",
    "stopped": "partition.stopped()",
    "destroyed": "partition.destroyed()",
    "error": "partition.error('boom')",
    "error shared": "partition.error('boom', None, 'sl')",
    "bang": "partition.bang('help')",
    "rename": "partition.rename('new')",
    "rename shared": "partition.rename('new', slave_reference='sl')",
    "setUsage": "partition.setUsage('<x/>')",
    "setConnectionDict": "partition.setConnectionDict({'url': 'u', 'a': [1, (2.5, None, True)]})",
    "setConnectionDict shared": "partition.setConnectionDict({}, 'sl')",
    "setConnectionDict empty": "partition.setConnectionDict({}, '')",
    "setComputerPartitionRelatedInstanceList": "partition.setComputerPartitionRelatedInstanceList(['a'])",
    "request": "partition.request('http://sr', 'backend', 'db')",
    "request whole": "partition.request('http://sr', None, 'd\u00e9', True, {'a': 1}, {'f': 'g'}, 'stopped')",
    "request keywords": (
        "partition.request(software_release='u', software_type='t', partition_reference='d', shared=True,"
        " partition_parameter_kw={}, filter_kw={}, state=None).getId()"
    ),
    "requested getState": "partition.request('http://sr', 'backend', 'db').getState()",
    "requested parameters": "partition.request('http://sr', 'backend', 'db').getInstanceParameterDict()",
    "requested connection": "partition.request('http://sr', 'backend', 'db').getConnectionParameterDict()",
    "requested release": "partition.request('http://sr', 'backend', 'db').getSoftwareRelease().getURI()",
    "request bad parameters": "partition.request('http://sr', 't', 'db', partition_parameter_kw=[1])",
    "request bad filter": "partition.request('http://sr', 't', 'db', filter_kw='x')",
    "request bad value": "partition.request('http://sr', 't', 'db', partition_parameter_kw={'a': object()})",
    "computer": "computer",
    "getSoftwareReleaseList": "[(r.getURI(), r.getState()) for r in computer.getSoftwareReleaseList()]",
    "getComputerPartitionList": "[p.getState() for p in computer.getComputerPartitionList()]",
    "lists once": "(computer.getSoftwareReleaseList(), computer.getComputerPartitionList()) and 1",
    "listed parameter": "computer.getComputerPartitionList()[1].getInstanceParameter('size')",
    "listed available": "computer.getSoftwareReleaseList()[0].available()",
    "listed building": "computer.getSoftwareReleaseList()[0].building()",
    "listed destroyed": "computer.getSoftwareReleaseList()[0].destroyed()",
    "listed error": "computer.getSoftwareReleaseList()[0].error('log')",
    "reportUsage": "computer.reportUsage('<x/>')",
    "reportUsage nothing": "computer.reportUsage('')",
    "updateConfiguration": "computer.updateConfiguration('<marshal/>')",
    "computer bang": "computer.bang('reboot')",
    "computer getStatus": "computer.getStatus()",
    "revokeCertificate": "computer.revokeCertificate()",
    "generateCertificate": "computer.generateCertificate()",
    "computer getInformation": "computer.getInformation()._title",
    "release getURI": "release.getURI()",
    "release getComputerId": "release.getComputerId()",
    "release getState": "release.getState()",
    "release available": "release.available()",
    "release error": "release.error('log')",
    "release whole": "slap.SoftwareRelease('u', 'c').getComputerId()",
    "release empty": "slap.SoftwareRelease().getURI()",
    "order": "order.request('http://sr', 'my')",
    "order whole": "order.request('http://sr', 'my', {'a': 1}, 't', {'f': 'g'}, 'started', True)",
    "order child": "order.request('http://sr', 'my').request('http://sr', 'backend', 'db').getId()",
    "requestComputer": "order.requestComputer('title')._computer_id",
    "order getInformation": "vars(order.getInformation('svc'))['_software_release_url']",
    "order getInformation absent": "order.getInformation('absent')",
    "supply": "supply.supply('http://sr', 'c')",
    "supply whole": "supply.supply('http://sr', computer_guid='c', state='destroyed')",
    "product": "connection.getSoftwareReleaseListFromSoftwareProduct('demo')",
    "product of release": "connection.getSoftwareReleaseListFromSoftwareProduct(software_release_url='http://sr')",
    "product none": "connection.getSoftwareReleaseListFromSoftwareProduct()",
    "product both": "connection.getSoftwareReleaseListFromSoftwareProduct('a', 'b')",
    "product collection": "slap.SoftwareProductCollection(logging.getLogger(), connection).demo",
    "product get": "slap.SoftwareProductCollection(logging.getLogger(), connection).get('demo')",
    "getOpenOrderDict": "[(k, v._software_release_url) for k, v in connection.getOpenOrderDict().items()]",
    "getComputerDict": "[(k, v._title, v._reference) for k, v in connection.getComputerDict().items()]",
    "token": "connection.registerToken().request()",
    "no computer": "connection.registerComputerPartition('', 'x')",
    "no partition": "connection.registerComputerPartition('x', '')",
    "nothing": "slap.ComputerPartition()",
    "unconnected": "slap.ComputerPartition('c', 'p').getState()",
    "unplaced": "slap.ComputerPartition(request_dict={'a': 1}).getId()",
}

STATUS_STEPS: Mapping[str, str] = {
    "getState": "partition.getState()",
    "started": "partition.started()",
    "error": "partition.error('x')",
    "getCertificate": "partition.getCertificate()",
    "request": "partition.request('http://sr', 'backend', 'db').getState()",
    "order": "order.request('http://sr', 'my').getConnectionParameterDict()",
    "order getId": "order.request('http://sr', 'my').getId()",
    "supply": "supply.supply('http://sr', 'c')",
    "release error": "slap.SoftwareRelease('u', 'c').error('x')",
    "product": "connection.getSoftwareReleaseListFromSoftwareProduct('demo')",
    "bang": "computer.bang('x')",
}


@dataclass
class KnowingMaster(ScriptedMaster):
    """Answers every method as a captured master did; with a status, answers nothing else."""

    status: int = 200

    def next_reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.method == "marker":
            return Reply(body=b"")
        if self.status != 200:
            return Reply(status=self.status)
        if asked.method.startswith("hateoas"):
            return self._document(asked)
        return self._answers().get(asked.method, Reply(body=b"done"))

    def _answers(self) -> dict[str, Reply]:
        computer = WireObject(class_name="Computer", initargs=("COMP-1",), state={"_computer_id": "COMP-1"})
        status = {"user": "u", "created_at": "today", "text": "#access ok"}
        return {
            "getHateoasUrl": Reply(body=f"{self.url}/hateoas/".encode()),
            "getFullComputerInformation": _captured("getFullComputerInformation"),
            "registerComputerPartition": _captured("registerComputerPartition"),
            "requestComputerPartition": _captured("requestComputerPartition.child"),
            "getComputerPartitionCertificate": _captured("getComputerPartitionCertificate"),
            "getSoftwareReleaseListFromSoftwareProduct": _captured(
                "getSoftwareReleaseListFromSoftwareProduct"
            ),
            "getHostingSubscriptionIpList": Reply(body=dumps([("tap0", "10.0.0.1")])),
            "getComputerPartitionStatus": Reply(body=dumps(status)),
            "getComputerStatus": Reply(body=dumps(status)),
            "generateComputerCertificate": Reply(body=dumps({"certificate": "c", "key": "k"})),
            "requestComputer": Reply(body=dumps(computer)),
        }

    def _document(self, asked: Asked) -> Reply:
        query = asked.query
        if asked.method.endswith("Base_getComputerToken"):
            return Reply(body=b'{"access_token": "secret"}')
        if not query:
            root = json.loads(sample("hateoas.root").answer.replace("http://127.0.0.1:5001", self.url))
            root["_links"]["self"] = {"href": f"{self.url}/hateoas"}
            return Reply(body=json.dumps(root).encode())
        if "absent" in query.get("query", ""):
            return Reply(body=b'{"_embedded": {"contents": []}}')
        if query["mode"] == "search":
            computers = "Compute" in query["query"]
            return _captured(f"hateoas.search.{'computer-list' if computers else 'instance-tree-info'}")
        computer = "computers" in query["relative_url"]
        return _captured(f"hateoas.{'computer' if computer else 'partition'}-document")


def _captured(name: str) -> Reply:
    return Reply(body=sample(name).answer.encode())


@contextmanager
def knowing_master(status: int = 200) -> Iterator[KnowingMaster]:
    with scripted_master(script=KnowingMaster(status=status)) as running:
        assert isinstance(running, KnowingMaster)
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a call asked the master, and what came of it."""

    asked: tuple[tuple[str, str, str, str | None], ...]
    outcome: dict[str, Any]

    @property
    def gist(self) -> object:
        """The value, or the kind of the exception; the words of messages are each library's own."""
        return self.outcome.get("exception", self.outcome.get("value"))


def run_steps(python: str | Path, steps: Mapping[str, str], status: int = 200) -> dict[str, Step]:
    """Run steps with the library of an interpreter, against a knowing master."""
    with knowing_master(status) as master:
        task = json.dumps({"url": master.url, "steps": dict(steps)})
        done = subprocess.run(
            [python, PROBE], input=task, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return _steps(master, json.loads(done.stdout))


def run_steps_here(steps: Mapping[str, str], status: int = 200) -> dict[str, Step]:
    """Run steps with the library of this process, against a knowing master."""
    with knowing_master(status) as master:
        return _steps(master, outcomes(master.url, steps))


def _steps(master: KnowingMaster, found: dict[str, dict[str, Any]]) -> dict[str, Step]:
    asked = _by_step(master)
    return {name: Step(asked=tuple(asked[name]), outcome=outcome) for name, outcome in found.items()}


def _by_step(master: KnowingMaster) -> dict[str, list[tuple[str, str, str, str | None]]]:
    found: dict[str, list[tuple[str, str, str, str | None]]] = {}
    step = ""
    for asked in master.asked:
        if asked.method == "marker":
            step = asked.query["step"]
            found[step] = []
        elif asked.method not in {"getHateoasUrl", "hateoas/"} or asked.query:
            # Where HATEOAS is, each library asks at its own time.
            found[step].append((asked.verb, asked.path, asked.body, asked.headers.get("authorization")))
    return found


OWN = sys.executable


def recording(steps: Mapping[str, Step], statuses: Mapping[int, Mapping[str, Step]]) -> dict[str, Any]:
    """Return what is kept of a run: requests and gists of the steps, gists by status."""
    asked = {name: [list(one) for one in step.asked] for name, step in steps.items()}
    by_status = {
        str(status): {name: step.gist for name, step in found.items()} for status, found in statuses.items()
    }
    return {
        "steps": {name: {"asked": asked[name], "gist": step.gist} for name, step in steps.items()},
        "statuses": by_status,
    }


def partition_of(connection: Any) -> Any:
    """Return the partition that a knowing master knows."""
    return connection.registerComputerPartition("local_computer", "slappart0")


def answering(master: ScriptedMaster, method: str, value: object, status: int = 200) -> None:
    """Let one method of a knowing master answer something else."""
    body = value if isinstance(value, bytes) else dumps(value)
    known = master._answers
    master._answers = lambda: {**known(), method: Reply(status=status, body=body)}
