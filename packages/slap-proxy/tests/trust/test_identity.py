import base64
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest

from slap_domain.errors import ConfigurationError, NotAllowed
from slap_domain.model.master.records import Bearer
from slap_domain.testing.manual_clock import ManualClock
from slap_proxy.operator_tokens import list_certificates, make_token, revoke_certificate
from slap_proxy.overview import read_overview
from slap_proxy.server import running_master
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.issued import AUTHORITY_DAYS
from slap_proxy.trust.server_tls import server_tls
from slap_proxy.wall_clock import WallClock

HEADER = "x-client-certificate"
LIST = "/slapos.allDocs.v0.instance_tree_list"


def as_haproxy_says(certificate: str) -> str:
    """Return the header of the stanza in docs/operators/master.md: the base64 is one line."""
    der = base64.b64encode(ssl.PEM_cert_to_DER_cert(certificate)).decode()
    return f"-----BEGIN%20CERTIFICATE-----%0A{quote(der, safe='')}%0A-----END%20CERTIFICATE-----%0A"


def test_a_tls_proxy_in_front_finds_the_authority_before_anybody_calls(settings):
    settings = replace(settings, trust=Trust(mode=TrustMode.TLS, header=HEADER))
    with running_master(settings):
        authority = settings.certificate_directory / "authority.crt"
        assert authority.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_a_trusted_header_carries_the_certificate(settings):
    settings = replace(settings, trust=Trust(mode=TrustMode.TLS, header=HEADER))
    with running_master(settings) as url, httpx.Client(base_url=url) as client:
        assert url.startswith("http://")
        token = make_token(settings, "user", "zoe")
        pair = client.post("/Person_getCertificate", headers={"X-Access-Token": token}).json()
        shown = {HEADER: quote(pair["certificate"])}
        assert client.post(LIST, json={}, headers=shown).status_code == 200
        haproxy = {HEADER: as_haproxy_says(pair["certificate"])}
        assert client.post(LIST, json={}, headers=haproxy).status_code == 200
        assert client.post(LIST, json={}).status_code == 403
        assert client.post(LIST, json={}, headers={HEADER: "nonsense"}).status_code == 403
        twice = [*shown.items(), *shown.items()]
        assert client.post(LIST, json={}, headers=twice).status_code == 403


def test_a_renewed_certificate_and_the_former_are_shown_and_revoked_apart(settings):
    settings = replace(settings, trust=Trust(mode=TrustMode.TLS, header=HEADER))
    with running_master(settings) as url, httpx.Client(base_url=url) as client:

        def certificate(headers):
            return {
                HEADER: quote(client.post("/Person_getCertificate", headers=headers).json()["certificate"])
            }

        former = certificate({"X-Access-Token": make_token(settings, "user", "zoe")})
        (row,) = list_certificates(settings)
        both = former, certificate(former)
        shown = [(each.name, each.state) for each in list_certificates(settings)]
        assert shown == [("zoe", "valid")] * 2
        assert [client.post(LIST, json={}, headers=each).status_code for each in both] == [200, 200]
        revoke_certificate(settings, row.serial)
        assert [client.post(LIST, json={}, headers=each).status_code for each in both] == [403, 200]


def test_certificates_of_another_authority_and_of_another_time_are_refused(tmp_path):
    own, other = (
        CertificateAuthority(tmp_path / "own", WallClock()),
        CertificateAuthority(tmp_path / "other", WallClock()),
    )
    now = datetime.now(UTC)
    issued = own.issue(Bearer.USER, "zoe", now)
    assert own.serial_of(issued.certificate) == issued.serial
    assert issued.key not in repr(issued)
    for foreign in (other.issue(Bearer.USER, "zoe", now).certificate, "", "-----BEGIN CERTIFICATE-----"):
        with pytest.raises(NotAllowed, match="not issued by this master"):
            own.serial_of(foreign)
    for when in (now - timedelta(days=1000), now + timedelta(days=10)):
        with pytest.raises(NotAllowed, match="out of date"):
            own.serial_of(own.issue(Bearer.USER, "zoe", when).certificate)


@pytest.mark.parametrize(
    ("days_left", "words"), [(370, ""), (300, "expires in 300 days"), (-1, "expired on")]
)
def test_the_operator_is_told_that_the_authority_ends(settings, caplog, days_left, words):
    settings = replace(settings, trust=Trust(mode=TrustMode.TLS, header=HEADER))
    begun = datetime.now(UTC) + timedelta(days=days_left + 0.5 - AUTHORITY_DAYS)
    CertificateAuthority(settings.certificate_directory, ManualClock(begun)).certificate_path()
    with running_master(settings):
        pass
    read_overview(settings)
    list_certificates(settings)
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [words in line for line in told] == ([True] * 3 if words else [])


def test_an_authority_is_the_same_after_a_restart(tmp_path):
    first = CertificateAuthority(tmp_path, WallClock()).issue(Bearer.USER, "zoe", datetime.now(UTC))
    assert CertificateAuthority(tmp_path, WallClock()).serial_of(first.certificate) == first.serial
    names = ("localhost", "127.0.0.1")
    path = CertificateAuthority(tmp_path, WallClock()).server_path(names)
    kept = path.read_bytes()
    assert CertificateAuthority(tmp_path, WallClock()).server_path(names).read_bytes() == kept
    assert CertificateAuthority(tmp_path, WallClock()).server_path(("example.com",)).read_bytes() != kept
    path.write_bytes(b"nonsense")
    assert (
        CertificateAuthority(tmp_path, WallClock()).server_path(names).read_bytes().startswith(b"-----BEGIN")
    )


def test_broken_files_are_named(tmp_path):
    authority = CertificateAuthority(tmp_path, WallClock())
    assert authority.certificate_path().is_file()
    (tmp_path / "authority.key").write_text("nonsense", encoding="ascii")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        CertificateAuthority(tmp_path, WallClock()).certificate_path()


def test_a_certificate_of_the_operators_own_may_serve(tmp_path):
    authority = CertificateAuthority(tmp_path, WallClock())
    path = str(authority.server_path(("localhost",)))
    trust = Trust(mode=TrustMode.TLS, certificate=path, key=path)
    assert server_tls(trust, authority) is not None
    with pytest.raises(ConfigurationError, match="cannot be used"):
        server_tls(replace(trust, certificate=str(tmp_path / "absent")), authority)
    assert server_tls(Trust(), authority) is None
