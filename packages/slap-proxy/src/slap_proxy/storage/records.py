"""All records of a master, open for one piece of work in SQL."""

from functools import cached_property

from slap_domain.ports.registry import Records
from slap_proxy.storage.computer_records import (
    ComputerStatements,
    ReleaseStatements,
    SqlComputers,
    SqlReleases,
)
from slap_proxy.storage.instance_records import SqlInstances, SqlTrees, SqlVacancies, VacancyStatements
from slap_proxy.storage.instance_statements import InstanceStatements
from slap_proxy.storage.ledger_records import LedgerStatements, SqlForwards, SqlSettings, SqlTrust, SqlUsage
from slap_proxy.storage.listing_records import ListingStatements, SqlListings
from slap_proxy.storage.session import Compiler, Session, Values


class Statements:
    """All statements, each compiled when it is first needed."""

    def __init__(self, compiler: Compiler) -> None:
        self.computers = ComputerStatements(compiler)
        self.releases = ReleaseStatements(compiler)
        self.instances = InstanceStatements(compiler)
        self.listings = ListingStatements(compiler)
        self.vacancies = VacancyStatements(self.instances, self.computers)
        self.ledger = LedgerStatements(compiler)


class SqlRecords:
    """`Records` over a session."""

    def __init__(self, session: Session, statements: Statements) -> None:
        self._session = session
        self._sql = statements

    @cached_property
    def computers(self) -> SqlComputers:
        """Computers and their partitions."""
        return SqlComputers(self._session, self._sql.computers)

    @cached_property
    def releases(self) -> SqlReleases:
        """Releases supplied to computers."""
        return SqlReleases(self._session, self._sql.releases)

    @cached_property
    def instances(self) -> SqlInstances:
        """One instance at a time."""
        return SqlInstances(self._session, self._sql.instances)

    @cached_property
    def trees(self) -> SqlTrees:
        """Many instances."""
        return SqlTrees(self._session, self._sql.instances)

    @cached_property
    def listings(self) -> SqlListings:
        """Partitions as they are told."""
        return SqlListings(self._session, self._sql.listings)

    @cached_property
    def vacancies(self) -> SqlVacancies:
        """Room for instances."""
        return SqlVacancies(self._session, self._sql.vacancies)

    @cached_property
    def usage(self) -> SqlUsage:
        """What computers consumed."""
        return SqlUsage(self._session, self._sql.ledger)

    @cached_property
    def trust(self) -> SqlTrust:
        """Certificates and tokens."""
        return SqlTrust(self._session, self._sql.ledger)

    @cached_property
    def forwards(self) -> SqlForwards:
        """What other masters run."""
        return SqlForwards(self._session, self._sql.ledger)

    @cached_property
    def settings(self) -> SqlSettings:
        """Settings of former starts."""
        return SqlSettings(self._session, self._sql.ledger)


def open_records(session: Session, statements: Statements) -> Records:
    """Return the records of a session."""
    return SqlRecords(session, statements)


def count_changes(session: Session, statements: Statements) -> None:
    """Keep how often each computer's assignment changed, in an order that cannot deadlock."""
    for guid in sorted(session.touched):
        values: Values = {"guid": guid, "times": session.touched[guid]}
        session.run(statements.computers.count, values)
