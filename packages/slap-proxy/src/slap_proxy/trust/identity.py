"""Who calls a master that trusts certificates: read from the connection, checked against the records."""

from functools import lru_cache
from urllib.parse import unquote

from starlette.types import Scope

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import ANYBODY, STRANGER, Caller, computer, partition, user
from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.clock import Clock
from slap_domain.ports.registry import Registry
from slap_proxy.http_api.application import Identify
from slap_proxy.settings import ProxySettings, TrustMode
from slap_proxy.trust.authority import CertificateAuthority

_REMEMBERED = 4096


def believe_anybody(_: Scope) -> Caller:
    """Return the caller of an open master: nobody is asked who they are."""
    return ANYBODY


class CertificateIdentity:
    """Tells who calls by the client certificate.

    A certificate that this master issued, that is in date and that nobody revoked makes its bearer the
    caller; without a certificate the caller is a stranger.
    """

    def __init__(
        self, authority: CertificateAuthority, registry: Registry, clock: Clock, header: str
    ) -> None:
        """Take the name, in lower case, of the header in which a trusted TLS proxy gives certificates."""
        self._clock = clock
        self._registry = registry
        self._header = header.encode("latin-1")
        self._serial_of = lru_cache(_REMEMBERED)(authority.serial_of)

    def __call__(self, scope: Scope) -> Caller:
        """Return the caller of a request.

        Raises:
            NotAllowed: the certificate is foreign, out of date or revoked.
        """
        certificate = self._certificate(scope)
        if not certificate:
            return STRANGER
        serial = self._serial_of(certificate)
        record = self._registry.read(lambda records: records.trust.certificate(serial))
        if record is None or not record.is_valid(int(self._clock.now().timestamp())):
            raise NotAllowed("the client certificate is not valid any more", hint="ask for a new one")
        return _bearer(record)

    def _certificate(self, scope: Scope) -> str:
        if self._header:
            given = [value for name, value in scope["headers"] if name == self._header]
            if len(given) > 1:
                # The TLS proxy gave one; who called it gave the others, and which is which nobody can tell.
                raise NotAllowed("the header of the client certificate is there more than once")
            return unquote(given[0].decode("latin-1")) if given else ""
        chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", [])
        return str(chain[0]) if chain else ""


def _bearer(record: CertificateRecord) -> Caller:
    if record.bearer is Bearer.USER:
        return user(record.name)
    if record.bearer is Bearer.COMPUTER:
        return computer(ComputerGuid(record.name))
    if record.place is None:
        raise NotAllowed("the client certificate names no partition")
    return partition(record.place)


def identity_of(
    settings: ProxySettings, authority: CertificateAuthority, registry: Registry, clock: Clock
) -> Identify:
    """Return what tells who calls, as the settings want it."""
    if settings.trust.mode is TrustMode.OPEN:
        return believe_anybody
    return CertificateIdentity(authority, registry, clock, settings.trust.header)
