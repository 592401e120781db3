"""The JSON API over HTTP: reads and checks the request, calls the method, writes the answer."""

import json
import math
import re
from collections.abc import Callable, Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.master.caller import Caller
from slap_http_adapter.wire.partition_header import claimed_partition
from slap_proxy.http_api.endpoints import Endpoint, Handler
from slap_proxy.http_api.exchange import JSON, Answer, Call
from slap_proxy.http_api.failures import json_error, json_failure
from slap_proxy.json_api.computer_methods import ComputerMethods
from slap_proxy.json_api.instance_methods import InstanceMethods
from slap_proxy.json_api.instance_views import Json
from slap_proxy.json_api.openapi import openapi_document
from slap_proxy.json_api.schema_check import check
from slap_proxy.json_api.schemas import SCHEMAS

Method = Callable[[Caller, Json], Json]
UrlOf = Callable[[Call], str]
_DEPTH_LIMIT = 100
# What no database keeps as text. Only messages may hold it, for what programs say is no one's fault here.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_MESSAGE = "message"
# These take as long as there is something to list.
_LISTING = "slapos.allDocs."
_JSON_TYPES = frozenset({"*/*", "application/*", "application/json"})


def method_table(computers: ComputerMethods, instances: InstanceMethods) -> Mapping[str, Method]:
    """Return every method that needs nothing but the caller and the request."""
    return {
        "slapos.post.v0.software_installation": computers.supply,
        "slapos.allDocs.v0.compute_node_software_installation_list": computers.list_releases,
        "slapos.put.v0.software_installation_reported_state": computers.report_release,
        "slapos.put.v0.software_installation_error": computers.report_release_error,
        "slapos.put.v0.compute_node_format": computers.describe,
        "slapos.put.v0.compute_node_bang": computers.bang,
        "slapos.post.v0.compute_node_usage": computers.use,
        "slapos.get.v0.compute_node_status": computers.status,
        "slapos.post.v0.compute_node_certificate": computers.certificate,
        "slapos.remove.v0.compute_node_certificate": computers.revoke,
        "slapos.allDocs.v0.compute_node_instance_list": computers.list_instances,
        "slapos.allDocs.WIP.compute_node_list": computers.list_computers,
        "slapos.get.v0.software_instance": instances.show,
        "slapos.get.v0.compute_partition": instances.show_partition,
        "slapos.get.v0.instance_tree": instances.show_tree,
        "slapos.allDocs.v0.instance_tree_list": instances.list_trees,
        "slapos.allDocs.v0.instance_node_instance_list": instances.list_shared,
        "slapos.put.v0.software_instance_reported_state": instances.report_state,
        "slapos.put.v0.software_instance_bang": instances.bang,
        "slapos.put.v0.software_instance_error": instances.report_error,
        "slapos.put.v0.software_instance_title": instances.rename,
        "slapos.put.v0.software_instance_connection_parameter": instances.publish,
        "slapos.get.v0.software_instance_certificate": instances.certificate,
    }


def json_endpoints(
    methods: Mapping[str, Method], instances: InstanceMethods, hateoas_url: UrlOf, *, asks_others: bool
) -> Mapping[str, Endpoint]:
    """Return the endpoints of the JSON API and of the document that describes it.

    Args:
        methods: by name.
        instances: answers the request for an instance, which also needs a header.
        hateoas_url: tells where the HATEOAS API is.
        asks_others: requests may be forwarded, which takes as long as another master does.
    """

    def request_instance(call: Call) -> Answer:
        body = _request(call, "slapos.post.v0.software_instance")
        return _document(
            instances.request(call.caller, body, claimed_partition(call.header(b"authorization")))
        )

    def tell_hateoas_url(call: Call) -> Answer:
        _request(call, "slapos.get.v0.hateoas_url")
        return _document({"hateoas_url": hateoas_url(call)})

    def is_long(name: str) -> bool:
        return name.startswith(_LISTING) or (asks_others and name == "slapos.post.v0.software_instance")

    description = _document(openapi_document())
    handlers: dict[str, Handler] = {name: _handler(name, method) for name, method in methods.items()}
    handlers["slapos.post.v0.software_instance"] = request_instance
    handlers["slapos.get.v0.hateoas_url"] = tell_hateoas_url
    return {
        **{name: _endpoint(handler, long=is_long(name)) for name, handler in handlers.items()},
        "openapi.json": Endpoint(handlers={"GET": lambda _: description}, failure=json_failure),
    }


def _handler(name: str, method: Method) -> Handler:
    def handle(call: Call) -> Answer:
        return _document(method(call.caller, _request(call, name)))

    return handle


def _endpoint(handler: Handler, *, long: bool) -> Endpoint:
    def negotiated(call: Call) -> Answer:
        kind = call.header(b"content-type").partition(";")[0].strip().lower()
        if kind != JSON:
            return json_error(415, f"the request is {kind[:80] or 'untyped'}, not {JSON}")
        if not _accepts_json(call.header(b"accept")):
            return json_error(406, "the answer is application/json, which the Accept header excludes")
        return handler(call)

    return Endpoint(handlers={"POST": negotiated}, failure=json_failure, reads_form=False, long=long)


def _accepts_json(header: str) -> bool:
    if not header.strip():
        return True
    return any(
        kind.partition(";")[0].strip().lower() in _JSON_TYPES and not _refused(kind)
        for kind in header.split(",")
    )


def _refused(kind: str) -> bool:
    parameters = (text.strip().replace(" ", "") for text in kind.split(";")[1:])
    return any(text in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for text in parameters)


def _request(call: Call, method: str) -> Json:
    try:
        body = json.loads(call.body, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise InvalidInput("the request is not JSON") from None
    if not isinstance(body, dict):
        raise InvalidInput("the request is not a JSON object")
    _check_values({name: value for name, value in body.items() if name != _MESSAGE})
    check(body, SCHEMAS[method].request)
    return body


def _no_constant(text: str) -> object:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidInput(f"the number {text[:80]} is too large")
    return number


def _check_values(value: object) -> None:
    level = [value]
    for _ in range(_DEPTH_LIMIT):
        level = [inner for outer in level for inner in _inner(outer)]
        for each in level:
            if isinstance(each, str) and _NO_TEXT.search(each):
                raise InvalidInput(f"{each[:80]!r} is no text: it holds a NUL or half a character")
        if not level:
            return
    raise InvalidInput(f"the request is nested deeper than {_DEPTH_LIMIT} levels")


def _inner(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _document(document: Json) -> Answer:
    return Answer(body=json.dumps(document).encode(), content_type=JSON)
