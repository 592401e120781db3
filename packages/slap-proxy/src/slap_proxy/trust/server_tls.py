"""How a master that speaks TLS itself shows who it is, and asks callers who they are."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from slap_domain.errors import ConfigurationError
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.authority import RENEW_DAYS, CertificateAuthority
from slap_proxy.trust.secret_files import SECRET, write_file

_ALWAYS = ("localhost", "127.0.0.1", "::1")


def server_context(trust: Trust, authority: CertificateAuthority) -> ssl.SSLContext | None:
    """Return the TLS context of the listener; None when the master is open or a TLS proxy is in front.

    Raises:
        ConfigurationError: the configured certificate or key cannot be used.
    """
    if trust.mode is TrustMode.OPEN or trust.header:
        return None
    certificate, key = trust.certificate, trust.key
    if not certificate:
        file = _own_certificate(trust, authority)
        certificate, key = str(file), str(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the certificate {certificate} cannot be used: {error}") from error
    context.load_verify_locations(authority.certificate_path)
    # Strangers may connect: to register with a token, and to be told what they lack.
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _own_certificate(trust: Trust, authority: CertificateAuthority) -> Path:
    names = tuple(dict.fromkeys((*trust.host_names, *_ALWAYS)))
    path = authority.certificate_path.with_name("server.pem")
    if not _serves(path, names):
        issued = authority.issue_server(names, datetime.now(UTC))
        write_file(path, f"{issued.certificate}{issued.key}".encode("ascii"), SECRET)
    return path


def _serves(path: Path, names: tuple[str, ...]) -> bool:
    if not path.is_file():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    stays = certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=RENEW_DAYS)
    return stays and {str(name.value) for name in known} == set(names)
