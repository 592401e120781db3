"""A master served over loopback, a small client of it, and the exchanges recorded from the existing one."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_proxy.server import serving
from slap_proxy.settings import ProxySettings
from slap_proxy.wiring import assembled_master

Serve = Callable[[ProxySettings], contextlib.AbstractContextManager[httpx.Client]]
SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and the answer that the existing master gave."""

    verb: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str

    def send(self, client: httpx.Client) -> httpx.Response:
        return client.request(self.verb, self.path, headers=self.headers, content=self.body)


def read_exchange(name: str) -> Exchange:
    text = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
    request = text.split("== request ==\n")[1].split("\n== re")[0]
    head, _, body = request.partition("\n\n")
    first, *rest = head.split("\n")
    verb, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in rest)
    headers.pop("Host")
    answer_head, _, answer = text.split("== response ==\n")[1].partition("\n\n")
    return Exchange(
        verb=verb,
        path=path,
        headers=headers,
        body=body.strip(),
        status=int(answer_head.split(" ")[0]),
        answer=answer.rstrip("\n"),
    )


@contextlib.contextmanager
def served(settings: ProxySettings) -> Iterator[httpx.Client]:
    with (
        assembled_master(settings, InMemoryRegistry(), "memory") as master,
        serving(master, settings) as url,
        httpx.Client(base_url=url, timeout=10, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def recorded() -> Callable[[str], Exchange]:
    return read_exchange


@pytest.fixture
def settings(tmp_path: Path) -> ProxySettings:
    return ProxySettings(
        database_uri=str(tmp_path / "proxy.sqlite"),
        port=0,
        products={"demo": ("https://example.com/demo/software.cfg",)},
    )


@pytest.fixture
def serve() -> Serve:
    return served


@pytest.fixture
def client(settings: ProxySettings) -> Iterator[httpx.Client]:
    with served(settings) as connected:
        yield connected
