from dataclasses import replace

import pytest

from slap_proxy.http_api.relay import allowed_target

TARGETS = ("https://example.com/api", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/api", True),
        ("https://example.com/api/x?y", True),
        ("https://example.com/apix", False),
        ("https://example.com/api/../secret", False),
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
                f"{path}/supplySupply", data={"url": "u", "computer_id": "c", "state": "available"}
            )
            assert supplied.text == "Supplied 'u' to be available"
            assert client.get(f"{path}/absent").status_code == 404
            assert client.get("/http_proxy/http/127.0.0.1:9/").status_code == 403
            assert client.get("/http_proxy/ftp/127.0.0.1/").status_code == 404


def test_a_target_that_is_away_is_unreachable(settings, serve):
    with serve(replace(settings, http_proxy_targets=("http://127.0.0.1:9",))) as client:
        assert client.get("/http_proxy/http/127.0.0.1:9/x").status_code == 523


def test_nothing_is_relayed_unless_configured(client):
    assert client.get("/http_proxy/http/127.0.0.1:9/").status_code == 404
