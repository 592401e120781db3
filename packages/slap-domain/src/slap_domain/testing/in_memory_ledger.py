"""Usage, certificates, tokens, forwarded requests and settings in memory."""

from dataclasses import replace

from slap_domain.errors import Conflict
from slap_domain.model.master.records import (
    Bearer,
    CertificateRecord,
    ForwardedRequest,
    TokenRecord,
    UsageRecord,
)
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid
from slap_domain.testing.in_memory_tables import Tables


class InMemoryUsage:
    """`UsageRecords` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, record: UsageRecord) -> None:
        """Keep a journal."""
        self._tables.usage.put(len(self._tables.usage.every()), record)

    def of_computer(self, computer: ComputerGuid) -> tuple[UsageRecord, ...]:
        """Return the journals of a computer, oldest first."""
        return tuple(each for each in self._tables.usage.every() if each.computer == computer)


class InMemoryTrust:
    """`TrustRecords` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add_certificate(self, record: CertificateRecord) -> None:
        """Keep a certificate that was given out."""
        if self._tables.certificates.get(record.serial) is not None:
            raise Conflict(f"certificate {record.serial} exists")
        self._tables.certificates.put(record.serial, record)

    def certificate(self, serial: str) -> CertificateRecord | None:
        """Return a certificate that was given out, or None."""
        return self._tables.certificates.get(serial)

    def certificates(self) -> tuple[CertificateRecord, ...]:
        """Return all certificates, oldest first."""
        return self._tables.certificates.every()

    def of_place(self, place: Place) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a partition that nobody revoked, oldest first."""
        own = (each for each in self.certificates() if each.place == place and not each.revoked_at)
        return tuple(own)

    def of_computer(self, guid: ComputerGuid) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a computer that nobody revoked, oldest first."""
        own = (
            each
            for each in self.certificates()
            if (each.bearer, each.name, each.revoked_at) == (Bearer.COMPUTER, guid, 0)
        )
        return tuple(sorted(own, key=lambda each: (each.issued_at, each.serial)))

    def forget_ended(self, *, certificates_before: int, tokens_before: int) -> None:
        """Forget what ended before a moment."""
        for certificate in self.certificates():
            if certificate.expires_at < certificates_before:
                self._tables.certificates.drop(certificate.serial)
        for token in self._tables.tokens.every():
            if token.expires_at < tokens_before:
                self._tables.tokens.drop(token.digest)

    def revoke(self, serial: str, now: int) -> None:
        """Note that a certificate is no longer valid."""
        record = self._tables.certificates.get(serial)
        if record is not None and not record.revoked_at:
            self._tables.certificates.put(serial, replace(record, revoked_at=now))

    def add_token(self, record: TokenRecord) -> None:
        """Keep a token."""
        self._tables.tokens.put(record.digest, record)

    def take_token(self, digest: str) -> TokenRecord | None:
        """Forget a token and return it, or None when there is none."""
        record = self._tables.tokens.get(digest)
        self._tables.tokens.drop(digest)
        return record


class InMemoryForwards:
    """`ForwardRecords` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, forwarded: ForwardedRequest) -> bool:
        """Remember a forwarded request, and tell whether it is new."""
        is_new = self._tables.forwarded.get(forwarded) is None
        self._tables.forwarded.put(forwarded, forwarded)
        return is_new

    def holds(self, forwarded: ForwardedRequest) -> bool:
        """Tell whether a forwarded request is remembered."""
        return self._tables.forwarded.get(forwarded) is not None

    def remove(self, forwarded: ForwardedRequest) -> None:
        """Forget a forwarded request."""
        self._tables.forwarded.drop(forwarded)

    def every(self) -> tuple[ForwardedRequest, ...]:
        """Return all forwarded requests, sorted."""
        return tuple(sorted(self._tables.forwarded.every(), key=lambda each: (each.title, each.master_url)))


class InMemorySettings:
    """`SettingRecords` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, name: str) -> str | None:
        """Return what is remembered under a name, or None."""
        return self._tables.settings.get(name)

    def remember(self, name: str, value: str) -> None:
        """Remember a text under a name."""
        self._tables.settings.put(name, value)
