"""Speaks to the master for the library's objects, and raises the library's exceptions."""

import logging
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from slap_domain.errors import (
    HostFailure,
    InvalidInput,
    NotFound,
    NotReady,
    SlapError,
    TemporarilyUnavailable,
)
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.client.answers import Answer, explanation, misunderstood
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.library.revival import revived
from slap_http_adapter.library.shared_connections import shared_connection
from slap_http_adapter.wire.marshal import loads as loads_wire
from slap_http_adapter.wire.values import ANSWER_LIMITS
from slapos.slap.exception import (
    AuthenticationError,
    ConnectionError,
    HTTPError,
    NotFoundError,
    ResourceNotReady,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slap_http_adapter.client.connection import Connection

logger = logging.getLogger(__name__)

# wire-slap section 8
_SERVER_ERRORS = frozenset({500, 502, 503, 520, 523, 524, 526})
_NO_REPEAT = frozenset({"computerBang", "softwareInstanceBang", "useComputer", "generateComputerCertificate"})
CLASSES: dict[str, Any] = {}


def travels(cls: Any) -> Any:
    """Note that a class is one of those that masters send."""
    CLASSES[cls.__name__] = cls
    return cls


@contextmanager
def marshalling() -> "Iterator[None]":
    """Raise RuntimeError, as published, where a value cannot travel."""
    try:
        yield
    except InvalidInput as error:
        raise RuntimeError(f"Refusing to marshall: {error}") from error


class ConnectionHelper:
    """Asks a master and tells it things, on a connection that all helpers of a process share."""

    def __init__(
        self,
        slapgrid_uri: str,
        key_file: Any = None,
        cert_file: Any = None,
        master_ca_file: Any = None,
        timeout: Any = None,
        slapgrid_rest_uri: Any = None,
    ) -> None:
        try:
            self._address = MasterAddress(
                url=slapgrid_uri,
                hateoas_url=slapgrid_rest_uri or "",
                key_file=str(key_file or ""),
                certificate_file=str(cert_file or ""),
                ca_file=str(master_ca_file or ""),
                timeout=float(timeout or 60),
            )
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        self.slapgrid_uri = self._address.root
        self.key_file = key_file
        self.cert_file = cert_file
        self.master_ca_file = master_ca_file
        self.timeout = timeout

    @property
    def connection(self) -> "Connection":
        """The connection; nothing is connected before the first request."""
        return shared_connection(self._address)

    def GET(self, path: str, params: Any = None, headers: Any = None) -> bytes:
        """Return what the master answers to a query, as bytes."""
        query = {key: str(value) for key, value in (params or {}).items()}
        with translated():
            answer = self.connection.get(path.lstrip("/"), **query)
        return _body(answer, path, f" - {params}" if params else "")

    def POST(self, path: str, params: Any = None, data: Any = None, partition: Any = None) -> bytes:
        """Tell the master a form and return what it answers, as bytes.

        `partition` is the pair of computer id and partition id in whose name this is said.
        """
        form = {key: _field(value) for key, value in {**(params or {}), **(data or {})}.items()}
        with translated():
            answer = self.connection.post(
                path.lstrip("/"), form, requester=_requester(partition), repeatable=path not in _NO_REPEAT
            )
        return _body(answer, path, "")

    def ask(self, path: str, **params: Any) -> Any:
        """Return the value that the master answers to a query."""
        return loads(self.GET(path, params), path)


def _field(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _requester(partition: Any) -> Any:
    if partition is None:
        return None
    computer, name = partition
    return Place(computer=ComputerGuid(str(computer)), partition=PartitionId(str(name)))


def _body(answer: Answer, path: str, asked: str) -> bytes:
    if answer.is_page and answer.is_success:
        raise ServerError(_told(misunderstood(answer)))
    if answer.is_success:
        return answer.body if answer.charset.lower() == "utf-8" else answer.text.encode()
    reason = explanation(answer)[0]
    if answer.status == 404:
        raise NotFoundError(f"{answer.url}{asked}{': ' if reason else ''}{reason}")
    if answer.status == 408:
        raise ResourceNotReady(path)
    message = f"{answer.status} for url: {answer.url}{': ' if reason else ''}{reason}"
    if answer.status in _SERVER_ERRORS:
        raise ServerError(message)
    raise HTTPError(message, SimpleNamespace(status_code=answer.status, text=answer.text, url=answer.url))


def loads(document: bytes, path: str = "") -> Any:
    """Return the value of a document, with the library's objects in it."""
    try:
        return revived(loads_wire(document, ANSWER_LIMITS), CLASSES)
    except (InvalidInput, TypeError, RecursionError) as error:
        raise ServerError(f"{path} answered what is not the SLAP protocol: {error}") from error


# The first class that fits counts.
_TRANSLATIONS: tuple[tuple[type[SlapError], type[Exception]], ...] = (
    (NotFound, NotFoundError),
    (NotReady, ResourceNotReady),
    (TemporarilyUnavailable, ConnectionError),
    (HostFailure, AuthenticationError),
    (SlapError, HTTPError),
)


class translated:
    """Turns failures of the adapter into the library's exceptions."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Raise the library's exception in place of the adapter's."""
        for failure, exception in _TRANSLATIONS:
            if isinstance(error, failure):
                raise exception(_told(error)) from error


def _told(error: SlapError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
