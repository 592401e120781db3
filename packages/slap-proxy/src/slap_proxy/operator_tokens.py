"""What the operator does on the master's own machine: hand out tokens, look at certificates, revoke them."""

import logging
from dataclasses import dataclass

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.expiry import RENEW_DAYS
from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.model.references import instance_title
from slap_domain.ports.registry import Records
from slap_proxy.settings import ProxySettings
from slap_proxy.status_views import moment
from slap_proxy.storage.looking import records_looked_at
from slap_proxy.storage.opening import opened_storage
from slap_proxy.trust.authority_end import warn_of_end
from slap_proxy.trust.tokens import keep_token, new_token
from slap_proxy.wall_clock import WallClock

log = logging.getLogger(__name__)
FIRST_USER = "admin"
_SOON = RENEW_DAYS * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate that the master gave out, in words."""

    serial: str
    kind: str
    name: str
    issued_at: str
    expires_at: str
    state: str


def make_token(settings: ProxySettings, kind: str, owner: str = "") -> str:
    """Return a token that registers a user or a computer once, within a day.

    Args:
        settings: of the master, which may be running.
        kind: user or computer.
        owner: the user that the token makes, or that the computer will belong to. By default the user is
            called admin, and the computer is everybody's.

    Raises:
        InvalidInput: the kind is another one, or the name is malformed.
        HostFailure: the database cannot be opened.
    """
    if kind not in (Bearer.USER, Bearer.COMPUTER):
        raise InvalidInput(f"tokens are for a user or a computer, not for {kind[:80]!r}")
    bearer = Bearer(kind)
    name = owner or (FIRST_USER if bearer is Bearer.USER else "")
    if name:
        instance_title(name)
    token, now = new_token(), _now()
    with opened_storage(settings.database_uri, log.info, settings.computer) as storage:
        storage.registry.write(lambda records: keep_token(records, token, bearer, name, now))
    return token


def list_certificates(settings: ProxySettings) -> tuple[CertificateRow, ...]:
    """Return every certificate that the master gave out, oldest first; nothing is changed.

    Raises:
        HostFailure: there is no database, or it cannot be read.
    """
    now = _now()
    warn_of_end(settings.certificate_directory, WallClock().now())
    with records_looked_at(settings.database_uri, log.warning, settings.computer) as reader:
        found = reader.read(lambda records: records.trust.certificates())
    return tuple(_row(record, now) for record in found)


def revoke_certificate(settings: ProxySettings, serial: str) -> None:
    """Make a certificate invalid at once.

    Raises:
        NotFound: the master gave out none of that serial number.
        HostFailure: the database cannot be opened.
    """
    now = _now()

    def work(records: Records) -> None:
        if records.trust.certificate(serial) is None:
            raise NotFound(f"no certificate has the serial number {serial[:80]}")
        records.trust.revoke(serial, now)

    with opened_storage(settings.database_uri, log.info, settings.computer) as storage:
        storage.registry.write(work)


def _now() -> int:
    return int(WallClock().now().timestamp())


def _row(record: CertificateRecord, now: int) -> CertificateRow:
    if record.revoked_at:
        state = f"revoked at {moment(record.revoked_at)}"
    elif not record.is_valid(now):
        state = "expired"
    else:
        state = "valid" if record.is_valid(now + _SOON) else "expires soon"
    return CertificateRow(
        serial=record.serial,
        kind=record.bearer.value,
        name=record.name,
        issued_at=moment(record.issued_at),
        expires_at=moment(record.expires_at),
        state=state,
    )
