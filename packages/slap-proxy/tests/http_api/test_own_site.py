"""Pages of other sites, which a browser on the machine shows, cannot command the master."""

from dataclasses import replace

import pytest

from slap_proxy.settings import Trust, TrustMode

SUPPLY = {"url": "https://example.com/software.cfg", "computer_id": "local_computer"}
PUBLIC = "https://master.example.com"


def supply(client, **headers):
    return client.post(
        "/supplySupply", data=SUPPLY, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:1", "http://[", "x"])
def test_a_page_of_another_site_changes_nothing(client, origin):
    refused = supply(client, origin=origin)
    assert refused.status_code == 403
    assert "public_url" in refused.text
    assert client.get("/getRunId", headers={"origin": origin}).status_code == 200


def test_a_page_of_the_masters_own_site_does(client):
    own = str(client.base_url).rstrip("/")
    assert supply(client, origin=own).status_code == 200
    proxied = {"origin": PUBLIC, "x_forwarded_host": "inner, master.example.com"}
    assert supply(client, **proxied).status_code == 200


def test_the_configured_name_is_the_masters_own(settings, serve):
    with serve(replace(settings, public_url=f"{PUBLIC}/prefix")) as client:
        assert supply(client, origin=PUBLIC).status_code == 200
        port = client.base_url.port
        assert client.get("/getRunId", headers={"host": f"master.example.com:{port}"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/getRunId", "/openapi.json", "/shacache/dir/x", "/hateoas/", "/slapos.get.v0.hateoas_url"]
)
def test_a_name_that_its_owner_leads_here_gets_nothing(client, path):
    host = f"evil.example:{client.base_url.port}"
    refused = client.get(path, headers={"host": host})
    assert refused.status_code == 403
    assert "does not belong to this master" in refused.text


def test_no_other_header_tells_what_the_browser_asked_for(client):
    port = client.base_url.port
    headers = [("x-forwarded-host", f"localhost:{port}"), ("host", f"evil.example:{port}")]
    assert client.get("/getRunId", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["localhost:{}", "127.0.0.1:{}", "[::1]:{}", "x.localhost:{}", "box:{}", "master.example.com", "a.b:1"],
)
def test_names_of_the_machine_and_of_reverse_proxies_are_served(client, host):
    answer = client.get("/getRunId", headers={"host": host.format(client.base_url.port)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "status"), [("192.0.2.7", 200), ("box", 200), ("master.example.com", 200), ("evil.example", 403)]
)
def test_names_are_looked_at_in_an_open_network_too(settings, serve, name, status):
    trust = Trust(host_names=("master.example.com",))
    with serve(replace(settings, host="0.0.0.0", allow_open_network=True, trust=trust)) as client:
        answer = client.get("/getRunId", headers={"host": f"{name}:{client.base_url.port}"})
        assert answer.status_code == status


def test_a_page_cannot_pass_by_the_proxy_that_tells_certificates(settings, serve, tmp_path):
    trust = Trust(mode=TrustMode.TLS, header="x-client-certificate", directory=tmp_path / "certificates")
    with serve(replace(settings, trust=trust)) as client:
        host = f"evil.example:{client.base_url.port}"
        assert client.get("/getRunId", headers={"host": host}).status_code == 403
        assert client.get("/getRunId", headers={"host": "slap.example.com"}).status_code == 200
