"""The certificate that the listener shows is renewed, and read again, while the master runs."""

import contextlib
import logging
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slap_domain.testing.manual_clock import ManualClock
from slap_proxy import server
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.server_tls import ServerTls

NOW = datetime.now(UTC)


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def authority(tmp_path, clock):
    return CertificateAuthority(tmp_path / "own", clock)


def end_shown(context, authority):
    """Return when the certificate ends that a client is shown."""
    client = ssl.create_default_context(cafile=str(authority.certificate_path()))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    shows = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (asks, shows) * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(asks.getpeercert()["notAfter"]), UTC)


def test_our_own_certificate_is_renewed_while_the_master_runs(authority, clock):
    tls = ServerTls(Trust(mode=TrustMode.TLS), authority)
    first = end_shown(tls.context, authority)
    tls.refresh()
    assert end_shown(tls.context, authority) == first
    clock.advance(timedelta(days=340).total_seconds())
    # Real TLS goes by the real time; what is shown then is valid from some days later on.
    tls.refresh()
    with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
        end_shown(tls.context, authority)


def test_a_configured_certificate_is_read_again(authority, tmp_path, clock, caplog):
    caplog.set_level(logging.INFO)
    files = {}
    for name in ("first", "second"):
        path = CertificateAuthority(tmp_path / name, clock).server_path(("localhost",))
        text = path.read_text()
        files[name] = (text[: text.index("-----BEGIN PRIVATE")], text[text.index("-----BEGIN PRIVATE") :])
    certificate, key = tmp_path / "configured.crt", tmp_path / "configured.key"
    certificate.write_text(files["first"][0])
    key.write_text(files["first"][1])
    tls = ServerTls(Trust(mode=TrustMode.TLS, certificate=str(certificate), key=str(key)), authority)

    certificate.write_text(files["second"][0])
    tls.refresh()
    assert "the master goes on with the former one" in caplog.text
    first = CertificateAuthority(tmp_path / "first", clock)
    end_shown(tls.context, first)

    key.write_text(files["second"][1])
    tls.refresh()
    assert f"the master shows the new certificate {certificate} from now on" in caplog.text
    end_shown(tls.context, CertificateAuthority(tmp_path / "second", clock))
    with pytest.raises(ssl.SSLCertVerificationError):
        end_shown(tls.context, first)


def test_a_certificate_that_cannot_be_renewed_is_tried_again(authority, caplog):
    tls = ServerTls(Trust(mode=TrustMode.TLS), authority)
    first = end_shown(tls.context, authority)
    own = authority.certificate_path().with_name("server.pem")
    own.unlink()
    own.mkdir()
    tls.refresh()
    assert "cannot be renewed" in caplog.text
    assert end_shown(tls.context, authority) == first
    own.rmdir()
    tls.refresh()
    assert own.is_file()


def test_a_running_master_shows_a_new_certificate_without_a_restart(settings, monkeypatch):
    monkeypatch.setattr(server, "_REFRESH_SECONDS", 0.02)
    settings = replace(settings, trust=Trust(mode=TrustMode.TLS))
    with server.running_master(settings) as url:
        host, _, port = url.removeprefix("https://").partition(":")
        first = ssl.get_server_certificate((host, int(port)))
        (settings.certificate_directory / "server.pem").unlink()
        deadline = time.monotonic() + 20
        while ssl.get_server_certificate((host, int(port))) == first:
            assert time.monotonic() < deadline
            time.sleep(0.02)
