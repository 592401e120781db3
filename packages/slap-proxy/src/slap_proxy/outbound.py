"""The only module that makes requests to other servers: upstream caches, relayed targets, other masters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from slap_domain.errors import MasterUnreachable, NotFound, TemporarilyUnavailable
from slap_domain.model.instance import InstanceRequest, RequestedInstance
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_proxy.configured_sections import OtherMaster

_TIMEOUT_SECONDS = 60.0
_TIMEOUT = httpx.Timeout(_TIMEOUT_SECONDS, connect=10.0)
_CHUNK = 256 * 1024
# Headers that belong to one connection, or that name the client to the server it spoke to.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "content-encoding",
        "cookie",
        "set-cookie",
        "authorization",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """What a relayed target answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request_from(master: OtherMaster, request: InstanceRequest) -> RequestedInstance:
    """Request an instance from another master.

    Raises:
        NoFreePartition: it has no room.
        NotReady: it has accepted the request and not allocated yet.
        MasterUnreachable: it does not answer.
        RequestRefused: it refuses.
    """
    address = MasterAddress(
        url=master.url, certificate_file=master.certificate, key_file=master.key, timeout=_TIMEOUT_SECONDS
    )
    with Connection(address) as connection:
        return HttpMasterForTenants(connection).request(request)


def run_id_of(url: str) -> str:
    """Return the run id of a master; empty when it tells none.

    Raises:
        MasterUnreachable: it does not answer.
    """
    target = urljoin(url, "/getRunId")
    with _errors_of(target), httpx.Client(timeout=_TIMEOUT) as client:
        answer = client.get(target)
        return answer.text.strip() if answer.status_code == 200 and len(answer.content) < 1000 else ""


@contextmanager
def _errors_of(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise MasterUnreachable(f"{url} does not answer: {error}") from error
    except httpx.InvalidURL as error:
        raise NotFound(f"{url[:200]!r} is not a URL") from error


def fetch(url: str, sink: Callable[[bytes], object], limit: int) -> None:
    """Download a file, piece by piece.

    Args:
        url: where it is.
        sink: takes each piece.
        limit: bytes that are accepted.

    Raises:
        NotFound: there is no such file.
        TemporarilyUnavailable: the server fails, does not answer, or sends more than the limit.
    """
    with (
        _errors_of(url),
        httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code in {404, 410}:
            raise NotFound(f"{url} does not exist")
        if response.status_code != 200:
            raise TemporarilyUnavailable(f"{url} answers {response.status_code}")
        received = 0
        for piece in response.iter_bytes(_CHUNK):
            received += len(piece)
            if received > limit:
                raise TemporarilyUnavailable(f"{url} sends more than {limit} bytes")
            sink(piece)


def relay(verb: str, url: str, headers: list[tuple[str, str]], body: bytes, limit: int) -> Relayed:
    """Repeat a request towards another server and return its answer; redirects are not followed.

    Raises:
        MasterUnreachable: it does not answer, or answers more than the limit.
    """
    kept = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
    with (
        _errors_of(url),
        httpx.Client(timeout=_TIMEOUT) as client,
        client.stream(verb, url, headers=kept, content=body) as response,
    ):
        received = bytearray()
        for piece in response.iter_bytes(_CHUNK):
            received += piece
            if len(received) > limit:
                raise MasterUnreachable(f"{url} sends more than {limit} bytes")
        answered = response.headers.multi_items()
        kept = [(name, value) for name, value in answered if name.lower() not in _HOP_BY_HOP]
        return Relayed(status=response.status_code, headers=tuple(kept), body=bytes(received))
