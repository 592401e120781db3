"""Proxies of the environment: that they are used is tested with the connection; here, what goes wrong."""

import socket

import pytest

from slap_domain.errors import ConfigurationError, MasterUnreachable
from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.environment_proxies import environment_proxy
from slap_http_adapter.client.master_address import MasterAddress

AWAY = MasterAddress(url="http://master.example:5000/")


def asked(address: MasterAddress = AWAY) -> object:
    with Connection(address, Persistence(tries=1)) as connection:
        return connection.get("getRunId")


@pytest.fixture
def nobody() -> str:
    """Return the URL of a port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("named", ["foo://x", "http://[::1", ":::", "http://user:secret@[::1"])
def test_what_is_no_proxy_is_told_without_its_value(monkeypatch, named):
    monkeypatch.setenv("http_proxy", named)
    with pytest.raises(ConfigurationError, match="the environment names a proxy that is none") as error:
        asked()
    assert "http_proxy" in error.value.hint
    assert "secret" not in error.value.message


def test_a_socks_proxy_says_what_it_needs(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="SOCKS proxy") as error:
        asked()
    assert "pip install socksio" in error.value.hint


def test_a_proxy_that_is_away_is_named_and_not_the_master(monkeypatch, nobody):
    monkeypatch.setenv("http_proxy", nobody)
    with pytest.raises(MasterUnreachable, match="the proxy refuses connections") as error:
        asked()
    assert error.value.hint == "check $http_proxy, or name the host of the master in $no_proxy"


def test_a_proxy_whose_name_does_not_resolve_is_named(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    with pytest.raises(MasterUnreachable, match="the host name of the proxy does not resolve"):
        asked()


def test_a_proxy_that_does_not_lead_there_is_named(monkeypatch, master):
    monkeypatch.setenv("https_proxy", master.url)
    master.answer(403)
    with pytest.raises(MasterUnreachable, match="the proxy does not lead there"):
        asked(MasterAddress(url="https://master.example/"))


@pytest.fixture
def _proxies(monkeypatch):
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)
    monkeypatch.setenv("http_proxy", "plain:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@secure:3128")
    monkeypatch.setenv("no_proxy", "inside.example, 10.1.2.3,other.example:81")


@pytest.mark.usefixtures("_proxies")
@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("http://far.example/", "http_proxy"),
        ("https://far.example/", "https_proxy"),
        ("https://user:secret@far.example/", "https_proxy"),
        ("http://other.example/", "http_proxy"),
        ("http://inside.example:5000/", None),
        ("https://deep.inside.example/", None),
        ("http://10.1.2.3/", None),
        ("http://other.example:81/", None),
        ("http://localhost:5000/", None),
        ("http://127.1.2.3/", None),
        ("http://[::1]:5000/", None),
    ],
)
def test_the_variable_is_found_as_the_environment_says(url, variable):
    proxy = environment_proxy(url)
    assert (proxy and proxy.variable) == variable
    assert "secret" not in repr(proxy)


@pytest.mark.usefixtures("_proxies")
def test_what_names_all_proxies_comes_second(monkeypatch):
    monkeypatch.setenv("all_proxy", "http://all:1")
    assert environment_proxy("http://far.example/").url == "http://plain:3128"
    monkeypatch.delenv("http_proxy")
    assert environment_proxy("http://far.example/").variable == "all_proxy"
    monkeypatch.delenv("all_proxy")
    assert environment_proxy("http://far.example/") is None
