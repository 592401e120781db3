"""How a master that speaks TLS itself shows who it is, and asks callers who they are."""

import ssl

from slap_domain.errors import ConfigurationError
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.authority import CertificateAuthority

_ALWAYS = ("localhost", "127.0.0.1", "::1")


def server_context(trust: Trust, authority: CertificateAuthority) -> ssl.SSLContext | None:
    """Return the TLS context of the listener; None when the master is open or a TLS proxy is in front.

    Raises:
        ConfigurationError: the configured certificate or key, or the authority, cannot be used.
    """
    if trust.mode is TrustMode.OPEN:
        return None
    # Made now at the latest: a TLS proxy in front does not start without what it checks callers with.
    callers = authority.certificate_path()
    if trust.header:
        return None
    certificate, key = trust.certificate, trust.key
    if not certificate:
        file = authority.server_path(tuple(dict.fromkeys((*trust.host_names, *_ALWAYS))))
        certificate, key = str(file), str(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the certificate {certificate} cannot be used: {error}") from error
    context.load_verify_locations(callers)
    # Strangers may connect: to register with a token, and to be told what they lack.
    context.verify_mode = ssl.CERT_OPTIONAL
    return context
