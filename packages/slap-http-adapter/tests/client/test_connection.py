"""The connection: reuse, repetition, limits, and a distinct message for each way to fail."""

import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_master import Reply, scripted_master

from slap_domain.errors import ConfigurationError, MasterUnreachable, NotAllowed
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_http_adapter.client import connection as connection_module
from slap_http_adapter.client.answers import refusal
from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.wire.values import Limits

REQUESTER = Place(computer=ComputerGuid("c"), partition=PartitionId("p"))


def test_a_query_is_asked(master, connection):
    master.answer("text")
    answer = connection.get("getRunId", computer_id="a b", x="é")
    assert (answer.status, answer.text) == (200, "text")
    asked = master.asked[0]
    assert (asked.verb, asked.path) == ("GET", "/getRunId?computer_id=a+b&x=%C3%A9")
    assert asked.headers["accept"] == "*/*"
    assert "authorization" not in asked.headers


def test_a_form_is_sent(master, connection):
    master.answer("")
    connection.post("supplySupply", {"url": "http://x/?a=b", "state": "é"}, requester=REQUESTER)
    asked = master.asked[0]
    assert asked.body == "url=http%3A%2F%2Fx%2F%3Fa%3Db&state=%C3%A9"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["authorization"] == "X-SlapPartition computer_id=c, computer_partition_id=p"


def test_a_path_prefix_is_kept(master):
    master.answer("")
    with Connection(MasterAddress(url=f"{master.url}/pfx/")) as prefixed:
        prefixed.get("getRunId")
    assert master.asked[0].path == "/pfx/getRunId"


def test_one_connection_serves_many_requests(master, connection):
    master.answer("")
    for _ in range(5):
        connection.get("getRunId")
    assert len({asked.client_port for asked in master.asked}) == 1


def test_threads_share_the_connection(master, connection):
    master.answer("x")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: connection.get("getRunId").text, range(40)))
    assert answers == ["x"] * 40


def test_redirections_of_a_get_are_followed(master, connection):
    master.answer(Reply(status=308, headers={"Location": "/there?x=1"}), "found")
    assert connection.get("here").text == "found"
    assert master.asked[1].path == "/there?x=1"


def test_a_redirection_without_a_place_is_an_answer(master, connection):
    master.answer(Reply(status=302))
    assert connection.get("here").status == 302


@pytest.mark.parametrize("place", ["http://[", "file:///etc/passwd"])
def test_a_redirection_to_what_is_no_url_is_told(master, connection, place):
    master.answer(Reply(status=302, headers={"Location": place}))
    with pytest.raises(MasterUnreachable, match="is no URL"):
        connection.get("here")


def test_redirections_end(master, connection):
    master.answer(Reply(status=302, headers={"Location": "/again"}))
    with pytest.raises(MasterUnreachable, match="without end"):
        connection.get("here")


def test_a_post_is_not_redirected(master, connection):
    master.answer(Reply(status=302, headers={"Location": "/there"}))
    answer = connection.post("here", {})
    assert answer.status == 302
    assert len(master.asked) == 1
    assert "redirects to /there: is that what master_url should say?" in refusal(answer).hint


@pytest.mark.parametrize("status", [502, 503])
def test_a_restarting_master_is_asked_again(master, connection, pauses, status):
    master.answer(status, status, "back")
    assert connection.get("getRunId").text == "back"
    assert pauses == [0.2, 0.4]


def test_a_master_that_stays_away_is_told_so(master, connection):
    master.answer(503)
    assert connection.get("getRunId").status == 503
    assert len(master.asked) == 3


def test_a_dropped_connection_is_tried_again(master, connection):
    master.answer(Reply(drop=True), "back")
    assert connection.post("supplySupply", {}).text == "back"


def test_what_may_not_be_repeated_is_sent_once(master, connection, pauses):
    master.answer(Reply(drop=True), "back")
    with pytest.raises(MasterUnreachable):
        connection.post("computerBang", {}, repeatable=False)
    master.answer(503)
    assert connection.post("computerBang", {}, repeatable=False).status == 503
    assert (len(master.asked), pauses) == (2, [])


def test_a_drop_at_every_try_is_told(master, connection):
    master.answer(Reply(drop=True))
    with pytest.raises(MasterUnreachable, match="getRunId"):
        connection.get("getRunId")
    assert len(master.asked) == 3


def test_a_timeout_is_told_and_not_tried_again(master, pauses):
    master.answer(Reply(pause=1.0))
    hasty = MasterAddress(url=master.url, timeout=0.1)
    with (
        Connection(hasty, Persistence(wait=pauses.append)) as connection,
        pytest.raises(MasterUnreachable, match=r"did not answer within 0\.1 s") as caught,
    ):
        connection.get("getRunId")
    assert caught.value.hint
    assert pauses == []


def _failure(url: str, **address: str) -> MasterUnreachable:
    with (
        Connection(
            MasterAddress(url=url, timeout=5, **address), Persistence(wait=lambda _: None)
        ) as connection,
        pytest.raises(MasterUnreachable) as caught,
    ):
        connection.get("getRunId")
    assert caught.value.hint
    return caught.value


def test_a_refused_connection_is_told():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    failure = _failure(f"http://user:secret@127.0.0.1:{port}")
    assert "connection refused" in failure.message
    assert "secret" not in failure.message


def test_a_name_that_does_not_resolve_is_told():
    assert "does not resolve" in _failure("http://master.invalid").message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_master_on_this_machine_is_not_asked_through_a_proxy(master, monkeypatch, host):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    master.answer("x")
    with Connection(MasterAddress(url=master.url.replace("127.0.0.1", host))) as connection:
        assert connection.get("getRunId").text == "x"


def test_any_other_master_is_asked_through_the_proxy_of_the_environment(master, monkeypatch):
    monkeypatch.setenv("http_proxy", master.url)
    master.answer("by proxy")
    with Connection(MasterAddress(url="http://master.invalid/")) as connection:
        assert connection.get("getRunId").text == "by proxy"
    assert master.asked[0].path == "http://master.invalid/getRunId"


def test_speaking_tls_to_a_plain_port_is_told(master):
    failure = _failure(master.url.replace("http:", "https:"))
    assert "no secure connection" in failure.message


def test_what_is_no_http_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            for _ in range(3):
                peer, _ = server.accept()
                with peer:
                    peer.recv(1000)
                    peer.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        failure = _failure(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert "getRunId: " in failure.message


def test_an_answer_without_end_is_cut(master, connection, monkeypatch):
    monkeypatch.setattr(connection_module, "ANSWER_LIMITS", Limits(size=1000))
    master.answer(Reply(body=gzip.compress(b"x" * 1001), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(MasterUnreachable, match="more than 1000 bytes"):
        connection.get("getRunId")


def test_a_closed_connection_can_be_used_again(master, connection):
    master.answer("x")
    connection.get("getRunId")
    connection.close()
    assert connection.get("getRunId").text == "x"


class TestHateoasUrl:
    def test_it_is_asked_once(self, master, connection):
        master.answer(b"http://h/hateoas/")
        assert connection.hateoas_url() == connection.hateoas_url() == "http://h/hateoas/"
        assert [asked.method for asked in master.asked] == ["getHateoasUrl"]

    def test_a_configured_one_is_not_asked_for(self, master):
        address = MasterAddress(url=master.url, hateoas_url="http://h/x")
        with Connection(address) as connection:
            assert connection.hateoas_url() == "http://h/x"
        assert master.asked == []

    def test_a_master_without_is_told(self, master, connection):
        master.answer(404)
        with pytest.raises(MasterUnreachable, match="no HATEOAS interface") as caught:
            connection.hateoas_url()
        assert "master_rest_url" in caught.value.hint

    def test_the_conventional_place_is_tried(self, master, connection):
        master.by_method = {"getHateoasUrl": Reply(status=404), "hateoas/": Reply(body=b"{}")}
        assert connection.hateoas_url() == f"{master.url}/hateoas/"

    def test_a_refusal_to_tell_is_told(self, master, connection):
        master.answer(403)
        with pytest.raises(NotAllowed):
            connection.hateoas_url()

    def test_an_answer_that_is_no_url_is_told(self, master, connection):
        master.answer("nothing")
        with pytest.raises(MasterUnreachable, match="no URL"):
            connection.hateoas_url()


class TestDocuments:
    def test_a_document_is_fetched(self, master, connection):
        master.answer('{"a": 1}')
        assert connection.document(f"{master.url}/x", fresh=True) == {"a": 1}
        assert master.asked[0].headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize(
        ("body", "message"),
        [("<!doctype html><p>x", "a web page"), ("nonsense", "no JSON"), ("[]", "no JSON object")],
    )
    def test_anything_else_is_told(self, master, connection, body, message):
        master.answer(body)
        with pytest.raises(MasterUnreachable, match=message):
            connection.document(f"{master.url}/x")


class Authority:
    """A certificate authority that writes certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = self._write("authority", "authority", self._key, ca=True)[0]

    def issue(self, name: str) -> tuple[Path, Path]:
        return self._write(name, "127.0.0.1", ec.generate_private_key(ec.SECP256R1()), ca=False)

    def _write(
        self, name: str, common_name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool
    ) -> tuple[Path, Path]:
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        files = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


class TestTls:
    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(tmp_path)

    @pytest.fixture
    def secure(self, authority):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("server"))
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_OPTIONAL
        with scripted_master(context) as running:
            running.context = context
            running.answer("secret")
            yield running

    def test_a_known_authority_is_trusted(self, secure, authority):
        with Connection(MasterAddress(url=secure.url, ca_file=str(authority.file))) as connection:
            assert connection.get("getRunId").text == "secret"

    def test_an_unknown_authority_is_not(self, secure):
        assert "is not trusted" in _failure(secure.url).message
        assert secure.asked == []

    def test_a_certificate_is_presented(self, secure, authority):
        secure.context.verify_mode = ssl.CERT_REQUIRED
        certificate, key = authority.issue("client")
        address = MasterAddress(
            url=secure.url,
            ca_file=str(authority.file),
            certificate_file=str(certificate),
            key_file=str(key),
        )
        with Connection(address) as connection:
            assert connection.get("getRunId").text == "secret"

    def test_a_missing_certificate_is_told(self, secure, authority):
        secure.context.verify_mode = ssl.CERT_REQUIRED
        failure = _failure(secure.url, ca_file=str(authority.file))
        assert "getRunId: " in failure.message
        assert secure.asked == []

    def test_unusable_files_are_told(self, secure, tmp_path):
        address = MasterAddress(url=secure.url, ca_file=str(tmp_path / "absent.crt"))
        with (
            Connection(address) as connection,
            pytest.raises(ConfigurationError, match=r"absent\.crt cannot be used"),
        ):
            connection.get("getRunId")
