"""A master served over loopback from this process, on a real database, and those who speak to it."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx

from slap_http_adapter.wire.marshal import dumps, loads
from slap_proxy.configured_sections import OtherMaster
from slap_proxy.operator_tokens import make_token
from slap_proxy.overview import read_overview
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings, Trust, TrustMode

RELEASE = "https://example.com/demo/software.cfg"
COMPUTER = "local_computer"


class ServedMaster:
    """A running master and the answers that were last given."""

    def __init__(self, settings: ProxySettings, url: str, stack: contextlib.ExitStack) -> None:
        self.settings = settings
        self.url = url
        self._stack = stack
        self._pairs = 0
        self.clients = {"somebody": self.client(None)}
        self.last: httpx.Response | None = None
        self.answers: list[httpx.Response] = []

    def client(self, pair: dict[str, str] | None) -> httpx.Client:
        """Return a client that shows a certificate, or none."""
        context: ssl.SSLContext | bool = True
        if self.url.startswith("https:"):
            authority = self.settings.certificate_directory / "authority.crt"
            context = ssl.create_default_context(cafile=str(authority))
            if pair is not None:
                self._pairs += 1
                file = self.settings.certificate_directory.parent / f"pair{self._pairs}.pem"
                file.write_text(pair["certificate"] + pair["key"], encoding="ascii")
                context.load_cert_chain(file)
        client = httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=30)
        return self._stack.enter_context(client)

    def post(self, who: str, method: str, **fields: str) -> httpx.Response:
        """Send a form; keep the answer."""
        self.last = self.clients[who].post(f"/{method}", data=fields)
        return self.last

    def get(self, who: str, method: str, **fields: str) -> httpx.Response:
        """Send a query; keep the answer."""
        self.last = self.clients[who].get(f"/{method}", params=fields)
        return self.last

    def describe(self, who: str, computer: str, count: int) -> None:
        """Describe a computer with so many partitions."""
        answer = self.post(who, "loadComputerConfigurationFromXML", xml=description(computer, count))
        assert answer.status_code == 200, answer.text

    def request(self, who: str, title: str, **fields: str) -> httpx.Response:
        """Request an instance."""
        return self.post(who, "requestComputerPartition", **request_form(title, **fields))

    def request_at_once(self, titles: list[str]) -> None:
        """Request instances, each from a client of its own, all at the same moment."""
        barrier = threading.Barrier(len(titles))
        answers: list[httpx.Response] = []

        def ask(title: str) -> None:
            with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
                client.get("/getRunId")
                barrier.wait()
                answers.append(client.post("/requestComputerPartition", data=request_form(title)))

        threads = [threading.Thread(target=ask, args=(title,)) for title in titles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.answers = answers

    def places_given(self) -> list[str]:
        """Return the partitions of the answers that gave one."""
        return [
            loads(answer.content).state["slap_computer_partition_id"]
            for answer in self.answers
            if answer.status_code == 200
        ]

    def register_user(self, name: str) -> None:
        """Make a user with a token of the operator."""
        token = make_token(self.settings, "user", name)
        answer = self.clients["somebody"].post("/Person_getCertificate", headers={"X-Access-Token": token})
        assert answer.status_code == 200, answer.text
        self.clients[name] = self.client(answer.json())

    def shown(self) -> dict[str, list[dict[str, object]]]:
        """Return what the operator is shown."""
        return read_overview(self.settings)


def description(computer: str, count: int) -> str:
    """Return what describes a computer with so many partitions."""
    partitions = [
        {
            "reference": f"slappart{index}",
            "address_list": [{"addr": f"10.0.0.{index + 1}", "netmask": "255.255.255.255"}],
            "tap": {"name": f"tap{index}"},
        }
        for index in range(count)
    ]
    whole = {"reference": computer, "address": "", "netmask": "", "partition_list": partitions}
    return dumps(whole).decode()


def request_form(title: str, **fields: str) -> dict[str, str]:
    """Return the form of a request, of which some fields may be given."""
    return {
        "software_release": RELEASE,
        "software_type": "default",
        "partition_reference": title,
        "partition_parameter_xml": dumps({}).decode(),
        "filter_xml": dumps({}).decode(),
        "state": dumps(None).decode(),
        "shared_xml": "<marshal><bool>0</bool></marshal>",
        **fields,
    }


@contextlib.contextmanager
def served_master(
    directory: Path, mode: TrustMode, *, port: int = 0, masters: tuple[OtherMaster, ...] = ()
) -> Iterator[ServedMaster]:
    """Serve a master whose records lie in a directory, and which may hand requests on to others."""
    settings = ProxySettings(
        port=port, database_uri=str(directory / "proxy.sqlite"), trust=Trust(mode=mode), masters=masters
    )
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(running_master(settings))
        yield ServedMaster(settings, url, stack)
