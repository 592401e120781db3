import socket
from dataclasses import replace
from urllib.parse import quote

import pytest

from slap_domain.model.master.records import Bearer
from slap_proxy.http_api.relay import allowed_target
from slap_proxy.settings import Limits, Trust, TrustMode
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.wall_clock import WallClock

TARGETS = ("https://example.com/api", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/api", True),
        ("https://example.com/api/x?y", True),
        ("https://example.com/apix", False),
        ("https://example.com/api/../secret", False),
        ("https://example.com/api/%2e%2E/secret", False),
        ("https://example.com/api/%252e%252e/secret", False),
        ("https://example.com/api/..\\secret", False),
        ("https://example.com/api/a..b/100%25", True),
        ("http://example.com/api", False),
        ("https://example.com:444/api", False),
        ("https://user@example.com/api", False),
        ("https://example.com.evil.example/api", False),
        ("http://127.0.0.1:8000/any", True),
        ("http://127.0.0.1:8000", True),
        ("http://127.0.0.1:80000/", False),
    ],
)
def test_only_what_lies_below_a_target_is_relayed_to(url, expected):
    assert allowed_target(url, TARGETS) is expected


def test_requests_are_relayed(settings, serve):
    with serve(settings) as target:
        root = str(target.base_url).rstrip("/")
        with serve(replace(settings, http_proxy_targets=(root,))) as client:
            path = f"/http_proxy/{root.replace('://', '/')}"
            relayed = client.get(
                f"{path}/getSoftwareReleaseListFromSoftwareProduct?software_product_reference=demo"
            )
            assert relayed.status_code == 200
            assert "demo/software.cfg" in relayed.text
            supplied = client.post(
                f"{path}/supplySupply",
                data={"url": "https://example.com/u.cfg", "computer_id": "c", "state": "available"},
            )
            assert supplied.text == "Supplied 'https://example.com/u.cfg' to be available"
            assert client.get(f"{path}/absent").status_code == 404
            assert client.get("/http_proxy/http/127.0.0.1:9/").status_code == 403
            assert client.get("/http_proxy/ftp/127.0.0.1/").status_code == 404


def test_a_target_that_is_away_is_unreachable(settings, serve):
    with serve(replace(settings, http_proxy_targets=("http://127.0.0.1:9",))) as client:
        assert client.get("/http_proxy/http/127.0.0.1:9/x").status_code == 523


def test_nothing_is_relayed_unless_configured(client):
    assert client.get("/http_proxy/http/127.0.0.1:9/").status_code == 404


def test_nothing_is_relayed_for_strangers(settings, serve, tmp_path):
    trust = Trust(mode=TrustMode.TLS, directory=tmp_path / "trust", header="x-client-certificate")
    target = "http://127.0.0.1:9"
    with serve(replace(settings, trust=trust, http_proxy_targets=(target,))) as client:
        assert client.get("/http_proxy/http/127.0.0.1:9/x").status_code == 403
        authority = CertificateAuthority(trust.directory, WallClock())
        unknown = authority.issue(Bearer.USER, "zoe", WallClock().now()).certificate
        shown = {"x-client-certificate": quote(unknown)}
        refused = client.get("/http_proxy/http/127.0.0.1:9/x", headers=shown)
        assert (refused.status_code, "not valid any more" in refused.text) == (403, True)


def test_a_body_beyond_the_limits_is_not_relayed(settings, serve):
    limits = Limits(body=100, seconds=0.2)
    with serve(replace(settings, http_proxy_targets=("http://127.0.0.1:9",), limits=limits)) as client:
        path = "/http_proxy/http/127.0.0.1:9/x"
        assert client.post(path, content=b"x" * 101).status_code == 413
        assert client.post(path, content=iter([b"x" * 60] * 2)).status_code == 413
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as slow:
            slow.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
