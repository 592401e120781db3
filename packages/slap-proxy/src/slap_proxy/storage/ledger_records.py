"""Usage, certificates, tokens, forwarded requests and settings, in SQL."""

from dataclasses import asdict
from functools import cached_property

from sqlalchemy import Insert, bindparam, delete, insert, literal_column, select, update

from slap_domain.model.master.records import (
    Bearer,
    CertificateRecord,
    ForwardedRequest,
    TokenRecord,
    UsageRecord,
)
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId
from slap_proxy.storage.schema import indexed
from slap_proxy.storage.session import Compiler, Row, Session, Values, bound

_CERTIFICATE = ("serial", "bearer", "name", "computer", "partition", "issued_at", "expires_at", "revoked_at")
_TOKEN = ("digest", "bearer", "owner", "expires_at")
_USAGE = ("computer", "received_at", "journal")


class LedgerStatements:
    """The statements about what is only kept and found again."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._schema = compiler.schema

    @cached_property
    def add_usage(self) -> str:
        """A journal."""
        return self._insert(insert(self._schema.usage), _USAGE)

    @cached_property
    def usage(self) -> str:
        """The journals of a computer."""
        table = self._schema.usage
        statement = select(*(table.c[name] for name in _USAGE))
        return self._compiler.sql(
            statement.where(table.c.computer == bindparam("computer")).order_by(table.c.number)
        )

    @cached_property
    def add_certificate(self) -> str:
        """A certificate."""
        return self._insert(insert(self._schema.certificate), _CERTIFICATE)

    @cached_property
    def certificate(self) -> str:
        """One certificate."""
        table = self._schema.certificate
        statement = select(*(table.c[name] for name in _CERTIFICATE))
        return self._compiler.sql(statement.where(table.c.serial == bindparam("serial")))

    @cached_property
    def certificates(self) -> str:
        """All certificates."""
        table = self._schema.certificate
        statement = select(*(table.c[name] for name in _CERTIFICATE))
        return self._compiler.sql(statement.order_by(table.c.issued_at, table.c.serial))

    @cached_property
    def of_place(self) -> str:
        """The certificates of a partition that nobody revoked."""
        table = self._schema.certificate
        statement = select(*(table.c[name] for name in _CERTIFICATE)).where(
            table.c.computer == bindparam("computer"),
            table.c.partition == bindparam("partition"),
            table.c.revoked_at == literal_column("0"),
        )
        return self._compiler.sql(statement)

    @cached_property
    def of_computer(self) -> str:
        """The certificates of a computer that nobody revoked."""
        table = self._schema.certificate
        statement = select(*(table.c[name] for name in _CERTIFICATE)).where(
            table.c.name == bindparam("name"),
            table.c.bearer == literal_column("'computer'"),
            table.c.revoked_at == literal_column("0"),
        )
        return self._compiler.sql(statement)

    @cached_property
    def forget_certificates(self) -> str:
        """Certificates that ended before a moment."""
        table = self._schema.certificate
        return self._compiler.sql(delete(table).where(table.c.expires_at < bindparam("moment")))

    @cached_property
    def forget_tokens(self) -> str:
        """Tokens that ended before a moment."""
        table = self._schema.token
        return self._compiler.sql(delete(table).where(table.c.expires_at < bindparam("moment")))

    @cached_property
    def revoke(self) -> str:
        """A certificate that is no longer valid."""
        table = self._schema.certificate
        statement = update(table).where(
            table.c.serial == bindparam("serial_"), table.c.revoked_at == literal_column("0")
        )
        return self._compiler.sql(statement.values(revoked_at=bindparam("now_")))

    @cached_property
    def add_token(self) -> str:
        """A token."""
        return self._insert(insert(self._schema.token), _TOKEN)

    @cached_property
    def take_token(self) -> str:
        """A token that is used up."""
        table = self._schema.token
        statement = delete(table).where(table.c.digest == bindparam("digest"))
        return self._compiler.sql(statement.returning(*(table.c[name] for name in _TOKEN)))

    @cached_property
    def add_forwarded(self) -> str:
        """A forwarded request."""
        return self._insert(insert(self._schema.forwarded), ("title", "title_key", "master_url"))

    @cached_property
    def remove_forwarded(self) -> str:
        """A forwarded request that is over."""
        table = self._schema.forwarded
        statement = delete(table).where(
            table.c.title_key == bindparam("title_key"), table.c.master_url == bindparam("master_url")
        )
        return self._compiler.sql(statement)

    @cached_property
    def one_forwarded(self) -> str:
        """One forwarded request."""
        table = self._schema.forwarded
        statement = select(table.c.title).where(
            table.c.title_key == bindparam("title_key"), table.c.master_url == bindparam("master_url")
        )
        return self._compiler.sql(statement)

    @cached_property
    def forwarded(self) -> str:
        """All forwarded requests."""
        table = self._schema.forwarded
        return self._compiler.sql(select(table.c.title, table.c.master_url))

    @cached_property
    def setting(self) -> str:
        """What is remembered under a name."""
        table = self._schema.setting
        return self._compiler.sql(select(table.c.value).where(table.c.name == bindparam("name")))

    @cached_property
    def forget_setting(self) -> str:
        """What was remembered under a name."""
        table = self._schema.setting
        return self._compiler.sql(delete(table).where(table.c.name == bindparam("name")))

    @cached_property
    def remember(self) -> str:
        """A text under a name."""
        return self._insert(insert(self._schema.setting), ("name", "value"))

    def _insert(self, statement: Insert, names: tuple[str, ...]) -> str:
        return self._compiler.sql(statement.values(bound(names)).inline())


class SqlUsage:
    """`UsageRecords` over a session."""

    def __init__(self, session: Session, statements: LedgerStatements) -> None:
        self._session = session
        self._sql = statements

    def add(self, record: UsageRecord) -> None:
        """Keep a journal."""
        self._session.run(self._sql.add_usage, asdict(record))

    def of_computer(self, computer: ComputerGuid) -> tuple[UsageRecord, ...]:
        """Return the journals of a computer, oldest first."""
        rows = self._session.rows(self._sql.usage, {"computer": computer})
        return tuple(
            UsageRecord(computer=ComputerGuid(guid), received_at=received_at, journal=journal)
            for guid, received_at, journal in rows
        )


class SqlTrust:
    """`TrustRecords` over a session."""

    def __init__(self, session: Session, statements: LedgerStatements) -> None:
        self._session = session
        self._sql = statements

    def add_certificate(self, record: CertificateRecord) -> None:
        """Keep a certificate that was given out."""
        place = record.place
        self._session.run(
            self._sql.add_certificate,
            {
                "serial": record.serial,
                "bearer": record.bearer.value,
                "name": record.name,
                "computer": place.computer if place is not None else None,
                "partition": place.partition if place is not None else None,
                "issued_at": record.issued_at,
                "expires_at": record.expires_at,
                "revoked_at": record.revoked_at,
            },
        )

    def certificate(self, serial: str) -> CertificateRecord | None:
        """Return a certificate that was given out, or None."""
        row = self._session.one(self._sql.certificate, {"serial": serial})
        return _certificate_of(row) if row is not None else None

    def certificates(self) -> tuple[CertificateRecord, ...]:
        """Return all certificates, oldest first."""
        return tuple(map(_certificate_of, self._session.rows(self._sql.certificates, {})))

    def of_place(self, place: Place) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a partition that nobody revoked, oldest first."""
        values = {"computer": place.computer, "partition": place.partition}
        return _by_age(self._session.rows(self._sql.of_place, values))

    def of_computer(self, guid: ComputerGuid) -> tuple[CertificateRecord, ...]:
        """Return the certificates of a computer that nobody revoked, oldest first."""
        return _by_age(self._session.rows(self._sql.of_computer, {"name": guid}))

    def forget_ended(self, *, certificates_before: int, tokens_before: int) -> None:
        """Forget what ended before a moment."""
        self._session.run(self._sql.forget_certificates, {"moment": certificates_before})
        self._session.run(self._sql.forget_tokens, {"moment": tokens_before})

    def revoke(self, serial: str, now: int) -> None:
        """Note that a certificate is no longer valid."""
        # Whoever is given another in its place at the same time has it already, or is refused.
        self._session.be_alone()
        self._session.run(self._sql.revoke, {"serial_": serial, "now_": now})

    def add_token(self, record: TokenRecord) -> None:
        """Keep a token."""
        self._session.run(self._sql.add_token, {**asdict(record), "bearer": record.bearer.value})

    def take_token(self, digest: str) -> TokenRecord | None:
        """Forget a token and return it, or None when there is none."""
        row = self._session.one(self._sql.take_token, {"digest": digest})
        if row is None:
            return None
        return TokenRecord(digest=row[0], bearer=Bearer(row[1]), owner=row[2], expires_at=row[3])


class SqlForwards:
    """`ForwardRecords` over a session."""

    def __init__(self, session: Session, statements: LedgerStatements) -> None:
        self._session = session
        self._sql = statements

    def add(self, forwarded: ForwardedRequest) -> bool:
        """Remember a forwarded request, and tell whether it is new."""
        is_new = not self._removed(forwarded)
        self._session.run(
            self._sql.add_forwarded,
            {
                "title": forwarded.title,
                "title_key": indexed(forwarded.title),
                "master_url": forwarded.master_url,
            },
        )
        return is_new

    def holds(self, forwarded: ForwardedRequest) -> bool:
        """Tell whether a forwarded request is remembered."""
        return self._session.one(self._sql.one_forwarded, _forwarded_key(forwarded)) is not None

    def remove(self, forwarded: ForwardedRequest) -> None:
        """Forget a forwarded request."""
        self._removed(forwarded)

    def every(self) -> tuple[ForwardedRequest, ...]:
        """Return all forwarded requests, sorted."""
        rows = self._session.rows(self._sql.forwarded, {})
        return tuple(
            ForwardedRequest(title=InstanceTitle(title), master_url=url)
            for title, url in sorted(map(tuple, rows))
        )

    def _removed(self, forwarded: ForwardedRequest) -> int:
        return self._session.run(self._sql.remove_forwarded, _forwarded_key(forwarded)).rowcount


class SqlSettings:
    """`SettingRecords` over a session."""

    def __init__(self, session: Session, statements: LedgerStatements) -> None:
        self._session = session
        self._sql = statements

    def find(self, name: str) -> str | None:
        """Return what is remembered under a name, or None."""
        row = self._session.one(self._sql.setting, {"name": name})
        return str(row[0]) if row is not None else None

    def remember(self, name: str, value: str) -> None:
        """Remember a text under a name."""
        self._session.run(self._sql.forget_setting, {"name": name})
        self._session.run(self._sql.remember, {"name": name, "value": value})


def _certificate_of(row: Row) -> CertificateRecord:
    serial, bearer, name, computer, partition, issued_at, expires_at, revoked_at = row
    place = (
        Place(computer=ComputerGuid(computer), partition=PartitionId(partition))
        if computer is not None
        else None
    )
    return CertificateRecord(
        serial=serial,
        bearer=Bearer(bearer),
        name=name,
        place=place,
        issued_at=issued_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def _by_age(rows: list[Row]) -> tuple[CertificateRecord, ...]:
    return tuple(sorted(map(_certificate_of, rows), key=lambda record: (record.issued_at, record.serial)))


def _forwarded_key(forwarded: ForwardedRequest) -> Values:
    return {"title_key": indexed(forwarded.title), "master_url": forwarded.master_url}
