"""How a master that speaks TLS itself shows who it is, and asks callers who they are."""

import logging
import ssl
from pathlib import Path

from slap_domain.errors import ConfigurationError
from slap_proxy.settings import Trust, TrustMode
from slap_proxy.trust.authority import CertificateAuthority

_LOG = logging.getLogger(__name__)
_ALWAYS = ("localhost", "127.0.0.1", "::1")


class ServerTls:
    """The certificate of the listener, which changes while the master runs: each is valid for some time only.

    Attributes:
        context: of the listener; connections that begin after a change see the new certificate.

    Raises:
        ConfigurationError: the certificate or the key cannot be used.
    """

    def __init__(self, trust: Trust, authority: CertificateAuthority) -> None:
        self._trust = trust
        self._authority = authority
        self.context = _context()
        self.context.load_verify_locations(authority.certificate_path())
        # Strangers may connect: to register with a token, and to be told what they lack.
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self._shown = b""
        self._load()

    def refresh(self) -> None:
        """Show the certificate that is configured now, or renew our own in time.

        What cannot be used is told in the log, and the former certificate is kept.
        """
        try:
            self._load()
        except ConfigurationError as error:
            _LOG.warning("%s; the master goes on with the former one", error.message)

    def _load(self) -> None:
        certificate, key = self._files()
        try:
            shown = b"".join(Path(path).read_bytes() for path in (certificate, key))
            if shown == self._shown:
                return
            # First on trial: a certificate without its key would be left in the context.
            for context in (_context(), self.context):
                context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"the certificate {certificate} cannot be used: {error}") from error
        if self._shown:
            _LOG.info("the master shows the new certificate %s from now on", certificate)
        self._shown = shown

    def _files(self) -> tuple[str, str]:
        if self._trust.certificate:
            return self._trust.certificate, self._trust.key or self._trust.certificate
        own = str(self._authority.server_path(tuple(dict.fromkeys((*self._trust.host_names, *_ALWAYS)))))
        return own, own


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_tls(trust: Trust, authority: CertificateAuthority) -> ServerTls | None:
    """Return how the listener speaks TLS; None when the master is open or a TLS proxy is in front.

    Raises:
        ConfigurationError: the configured certificate or key, or the authority, cannot be used.
    """
    if trust.mode is TrustMode.OPEN:
        return None
    # Made now at the latest: a TLS proxy in front does not start without what it checks callers with.
    authority.certificate_path()
    return None if trust.header else ServerTls(trust, authority)
