"""Which HTTP status each branch of the error tree becomes: once for SLAP, once for JSON-RPC."""

import json
from collections.abc import Callable
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
    return text(_explained(error), _status(_SLAP, error))


def json_failure(error: SlapError) -> Answer:
    """Return the answer that tells a JSON client of an error."""
    return json_error(_status(_JSON, error), error.message)


def json_error(status: int, title: str) -> Answer:
    """Return an error document of the JSON API."""
    phrase = "Origin Is Unreachable" if status == ORIGIN_UNREACHABLE else HTTPStatus(status).phrase
    document = {"status": status, "type": phrase, "title": title}
    return Answer(status=status, body=json.dumps(document).encode(), content_type=JSON)


def _status(table: tuple[tuple[type[SlapError], int], ...], error: SlapError) -> int:
    return next((status for branch, status in table if isinstance(error, branch)), 500)


def _explained(error: SlapError) -> str:
    return f"{error.message}\nhint: {error.hint}" if error.hint else error.message
