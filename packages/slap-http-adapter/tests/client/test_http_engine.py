"""What goes out and what comes back: proxies, names, credentials, compression."""

import base64
import gzip
import zlib

import pytest
from scripted_master import Reply

from slap_domain.errors import MasterUnreachable
from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.exchange_failures import UnusableAnswerError
from slap_http_adapter.client.http_engine import HttpEngine, Received
from slap_http_adapter.client.master_address import MasterAddress


@pytest.fixture
def engine():
    def no_context():
        raise AssertionError("nothing here is encrypted")

    made = HttpEngine(timeout=5, context=no_context)
    yield made
    made.close()


@pytest.fixture
def without_proxies(monkeypatch):
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)
    return monkeypatch


def ask(engine: HttpEngine, url: str, limit: int = 1000) -> Received:
    return engine.exchange("GET", url, {}, None, limit)


def test_credentials_of_the_url_are_sent_and_not_in_the_request_line(master, engine):
    master.answer("")
    ask(engine, master.url.replace("//", "//me%40x:p%3Aw@") + "/a")
    expected = base64.b64encode(b"me@x:p:w").decode()
    assert master.asked[0].headers["authorization"] == f"Basic {expected}"
    assert "@" not in master.asked[0].headers["host"]


def test_what_is_not_ascii_is_escaped_and_what_is_escaped_stays(master, engine):
    master.answer("")
    ask(engine, f"{master.url}/é/%C3%A9 b?x=%20é#end")
    assert master.asked[0].path == "/%C3%A9/%C3%A9%20b?x=%20%C3%A9"


def test_a_host_name_that_is_not_ascii_goes_to_the_proxy_as_idna(master, engine, without_proxies):
    without_proxies.setenv("http_proxy", master.url)
    master.answer("")
    ask(engine, "http://mäster.invalid:81/x")
    assert master.asked[0].path == "http://xn--mster-gra.invalid:81/x"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_answer_is_expanded(master, engine, coding):
    text = b"long " * 100
    body = gzip.compress(text) if coding == "gzip" else zlib.compress(text)
    master.answer(Reply(body=body, headers={"Content-Encoding": coding}))
    assert ask(engine, master.url).body == text


def test_an_answer_that_expands_without_end_is_cut(master, engine):
    master.answer(Reply(body=gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(UnusableAnswerError, match="more than 1000 bytes"):
        ask(engine, master.url)


def test_a_long_answer_is_cut(master, engine):
    master.answer("x" * 1001)
    with pytest.raises(UnusableAnswerError, match="more than 1000 bytes"):
        ask(engine, master.url)


def test_what_is_not_compressed_as_it_says_is_told(master, engine):
    master.answer(Reply(body=b"plain", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(UnusableAnswerError, match="cannot be decompressed"):
        ask(engine, master.url)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (gzip.compress(b"long " * 100)[:-12], "its end is missing"),
        (gzip.compress(b"a") + gzip.compress(b"b"), "goes on after its end"),
    ],
    ids=["cut short", "two of them"],  # bytes of gzip hold the time, and names of tests must not
)
def test_what_is_compressed_is_not_taken_for_whole_when_it_is_not(master, engine, body, trouble):
    master.answer(Reply(body=body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(UnusableAnswerError, match=trouble):
        ask(engine, master.url)


def test_nothing_at_all_need_not_be_compressed(master, engine):
    master.answer(Reply(headers={"Content-Encoding": "gzip"}))
    assert ask(engine, master.url).body == b""


def test_a_name_that_no_host_can_have_is_told_also_when_a_master_leads_there(master):
    master.answer(Reply(status=302, headers={"Location": "http://é..x/"}))
    for url in ("http://é..x", master.url):
        with (
            Connection(MasterAddress(url=url)) as connection,
            pytest.raises(MasterUnreachable, match="no host can have this name"),
        ):
            connection.get("getRunId")


def test_a_master_that_answers_so_is_told(master):
    master.answer(Reply(body=b"plain", headers={"Content-Encoding": "gzip"}))
    with (
        Connection(MasterAddress(url=master.url), Persistence(wait=lambda _: None)) as connection,
        pytest.raises(MasterUnreachable, match="cannot be decompressed"),
    ):
        connection.get("getRunId")


@pytest.mark.parametrize(
    ("declared", "charset"),
    [
        ("", "utf-8"),
        ("text/html", "utf-8"),
        ("text/html; charset=latin-1", "latin-1"),
        ('a/b; x=y; Charset = "x-y"; z', "x-y"),
    ],
)
def test_the_character_set_is_the_declared_one(declared, charset):
    assert Received(status=200, headers={"content-type": declared}, body=b"").charset == charset


def test_the_password_of_a_proxy_is_sent_to_it(master, engine, without_proxies):
    without_proxies.setenv("ALL_PROXY", master.url.replace("http://", "http://u:p@"))
    master.answer("by proxy")
    assert ask(engine, "http://master.invalid/").body == b"by proxy"
    assert master.asked[0].headers["proxy-authorization"] == f"Basic {base64.b64encode(b'u:p').decode()}"
