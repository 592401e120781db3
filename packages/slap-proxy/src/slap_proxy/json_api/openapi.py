"""The OpenAPI document that describes the JSON API."""

import re

from slap_proxy.json_api.schemas import ERROR, SCHEMAS, MethodSchemas

_OPENAPI = "3.0.0"
_TITLE = "slapos master api"
_VERSION = "0.0.3"
_FAILURES = {
    "400": "The request does not fit its schema.",
    "403": "What it names does not exist, has no room, or is not the caller's.",
    "406": "The answer is JSON, which the Accept header excludes.",
    "408": "Accepted, but not ready yet.",
    "413": "The request is too large.",
    "415": "The request is not JSON.",
    "503": "The master cannot answer now.",
    "523": "Another master, which should answer, does not.",
}


def openapi_document() -> dict[str, object]:
    """Return the document."""
    return {
        "openapi": _OPENAPI,
        "info": {"title": _TITLE, "version": _VERSION},
        "paths": {f"/{name}": {"post": _operation(name, schemas)} for name, schemas in SCHEMAS.items()},
    }


def _operation(name: str, schemas: MethodSchemas) -> dict[str, object]:
    responses: dict[str, object] = {
        "200": {"description": "Done.", "content": _content(schemas.response)},
        **{status: {"description": words, "content": _content(ERROR)} for status, words in _FAILURES.items()},
    }
    return {
        "operationId": re.sub(r"[^A-Za-z0-9]", "_", name),
        "requestBody": {"required": True, "content": _content(schemas.request)},
        "responses": responses,
    }


def _content(schema: object) -> dict[str, object]:
    return {"application/json": {"schema": schema}}
