"""Which HTTP status each branch of the error tree becomes: once for SLAP, once for JSON-RPC."""

import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from slap_domain.errors import (
    Conflict,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotFound,
    NotReady,
    RequestRefused,
    SlapError,
    TemporarilyUnavailable,
)
from slap_proxy.http_api.bodies import BodyCutError, BodyTooLargeError, BodyTooSlowError
from slap_proxy.http_api.exchange import JSON, Answer, text

ORIGIN_UNREACHABLE = 523
_AGAIN_SECONDS = "5"

# The first class that fits counts. 401 and 403 send a whole node offline (compat-notes 3.5): 403 is kept
# for callers who may really not do it.
_SLAP: tuple[tuple[type[SlapError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (InvalidInput, 400),
    (RequestRefused, 400),
    (NotReady, 408),
    (MasterUnreachable, ORIGIN_UNREACHABLE),
    (TemporarilyUnavailable, 503),
    (BodyTooLargeError, 413),
    (BodyTooSlowError, 408),
    (BodyCutError, 400),
)
_JSON: tuple[tuple[type[SlapError], int], ...] = (
    (InvalidInput, 400),
    (RequestRefused, 403),
    (NotReady, 408),
    (MasterUnreachable, ORIGIN_UNREACHABLE),
    (TemporarilyUnavailable, 503),
)

FailureAnswer = Callable[[SlapError], Answer]


def slap_failure(error: SlapError) -> Answer:
    """Return the answer that tells a SLAP client of an error."""
    status = _status(_SLAP, error)
    return replace(text(_explained(error), status), headers=_headers(status))


def json_failure(error: SlapError) -> Answer:
    """Return the answer that tells a JSON client of an error."""
    return json_error(_status(_JSON, error), error.message)


def json_error(status: int, title: str) -> Answer:
    """Return an error document of the JSON API."""
    phrase = "Origin Is Unreachable" if status == ORIGIN_UNREACHABLE else HTTPStatus(status).phrase
    document = {"status": status, "type": phrase, "title": title}
    body = json.dumps(document).encode()
    return Answer(status=status, body=body, content_type=JSON, headers=_headers(status))


def _status(table: tuple[tuple[type[SlapError], int], ...], error: SlapError) -> int:
    return next((status for branch, status in table if isinstance(error, branch)), 500)


def _headers(status: int) -> tuple[tuple[str, str], ...]:
    return (("retry-after", _AGAIN_SECONDS),) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()


def _explained(error: SlapError) -> str:
    return f"{error.message}\nhint: {error.hint}" if error.hint else error.message
