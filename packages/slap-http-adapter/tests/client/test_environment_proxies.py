"""Proxies of the environment: that they are used is tested with the connection; here, what goes wrong."""

import socket

import pytest

from slap_domain.errors import ConfigurationError, MasterUnreachable
from slap_http_adapter.client.connection import Connection, Persistence
from slap_http_adapter.client.environment_proxies import proxy_variable
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


def test_the_variable_is_found_as_the_environment_says(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("all_proxy", "http://p:1")
    assert proxy_variable("http://u@master.example:5000/x") == "all_proxy"
    monkeypatch.setenv("http_proxy", "http://p:1")
    assert proxy_variable("http://master.example/") == "http_proxy"
    monkeypatch.setenv("no_proxy", "master.example")
    assert proxy_variable("http://master.example:5000/") == ""
