"""The HATEOAS documents: pure functions from what the master knows to JSON values (wire-hateoas A2 to A4)."""

from urllib.parse import quote

from slap_domain.model.instance import InstanceState
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.recorded_parameters import as_text
from slap_domain.model.master.records import ReleaseRecord
from slap_domain.ports.master_for_tenants import ComputerSummary, ServiceDescription, ServiceSummary
from slap_http_adapter.wire.instance_xml import stored_document

Json = dict[str, object]
ROOT = "hateoas"


def root_document(base: str, me: str) -> Json:
    """Return the document that clients start from.

    Args:
        base: URL of the master.
        me: name of the connected user; empty when the master does not know.
    """
    root = f"{base}/{ROOT}"
    links: Json = {
        "self": {"href": root},
        "raw_search": {"href": f"{root}/?mode=search&query={{query}}&select_list={{select_list}}"},
        "traverse": {"href": f"{root}/?mode=traverse&relative_url={{relative_url}}&view={{view}}"},
    }
    if me:
        links["me"] = {"href": f"urn:jio:get:person_module/{quote(me, safe='')}"}
    return {"_links": links}


def search_document(rows: list[Json]) -> Json:
    """Return the answer to a search."""
    return {"_embedded": {"contents": rows}}


def service_row(service: ServiceSummary) -> Json:
    """Return what a search tells of a root instance."""
    url = service_url(service.title, "shared" if service.shared else "services")
    return {"title": service.title, "url_string": service.release, "relative_url": url}


def computer_row(computer: ComputerSummary) -> Json:
    """Return what a search tells of a computer."""
    url = f"/{ROOT}/computers/{quote(computer.guid, safe='')}"
    return {"title": computer.title, "reference": computer.guid, "relative_url": url}


def service_url(title: str, kind: str = "services") -> str:
    """Return the path of a root instance's document; of kind `shared` is what a deployed master calls so."""
    return f"/{ROOT}/{kind}/{quote(title, safe='')}"


def service_document(service: ServiceDescription, kind: str = "Instance Tree") -> Json:
    """Return the document of a root instance, or of an instance of a tree."""
    slave = int(service.shared)
    view: Json = {
        "form_id": _field("form_id", "InstanceTree_viewAsHateoas"),
        "my_reference": _field("field_my_reference", service.title),
        "my_title": _field("field_my_title", service.title),
        "my_slap_state": _field("field_my_slap_state", _state(service.state)),
        "my_text_content": _field("field_my_text_content", stored_document(service.parameters)),
        "my_connection_parameter_list": _field(
            "field_my_connection_parameter_list", stored_document(service.connection)
        ),
        "my_url_string": _field("field_my_url_string", service.release),
        "my_source_reference": _field("field_my_source_reference", service.type),
        "my_root_slave": {"type": "IntegerField", "key": "field_my_root_slave", "default": slave},
    }
    if service.news is not None:
        news = {"instance": [{"text": message} for message in service.news]}
        view["my_news"] = {"type": "StringField", "key": "field_my_news", "default": news}
    return _document(view, kind)


def member_row(instance: Instance) -> Json:
    """Return what a search tells of an instance of a tree."""
    return {
        "uid": str(instance.number),
        "title": instance.key.title,
        "relative_url": f"/{ROOT}/instances/{instance.number}",
        "portal_type": "Slave Instance" if instance.key.shared else "Software Instance",
        "url_string": instance.release,
        "text_content": stored_document(as_text(instance.parameters)),
    }


def release_row(release: ReleaseRecord) -> Json:
    """Return what a search tells of a release that is supplied to a computer."""
    place = f"{release.computer}/{quote(release.url, safe='')}"
    return {
        "uid": place,
        "relative_url": f"/{ROOT}/installations/{place}",
        "url_string": release.url,
        "SoftwareInstallation_getNewsDict": {"text": release.message or release.build.value},
    }


def release_document(release: ReleaseRecord) -> Json:
    """Return the document of a release that is supplied to a computer."""
    return _document(
        {
            "form_id": _field("form_id", "SoftwareInstallation_viewAsHateoas"),
            "my_reference": _field("field_my_reference", release.computer),
            "my_url_string": _field("field_my_url_string", release.url),
            "my_slap_state": _field("field_my_slap_state", release.state.value),
        },
        "Software Installation",
    )


def computer_document(computer: ComputerSummary) -> Json:
    """Return the document of a computer."""
    return _document(
        {
            "form_id": _field("form_id", "ComputeNode_viewAsHateoas"),
            "my_reference": _field("field_my_reference", computer.guid),
            "my_title": _field("field_my_title", computer.title),
        },
        "Computer",
    )


def _document(view: Json, kind: str) -> Json:
    return {"_embedded": {"_view": view}, "_links": {"type": {"name": kind}}}


def _field(key: str, value: str | None) -> Json:
    return {"type": "StringField", "key": key, "default": value}


def _state(state: InstanceState) -> str:
    return state.value
