"""Statements of SQLAlchemy Core, compiled once per engine and run on a bare connection.

SQLAlchemy writes the SQL of both engines from one set of statements; running them through its own execution
layer would cost more than the databases themselves take (docs/decisions, storage of the master). Values are
text and whole numbers, which neither driver has to convert.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import BindParameter, ColumnElement, Dialect, bindparam, literal_column
from sqlalchemy.sql.elements import CompilerElement

from slap_domain.model.references import ComputerGuid, InstanceTitle
from slap_proxy.storage.schema import Schema

Row = Sequence[Any]
Values = Mapping[str, str | int | None]

ZERO: ColumnElement[int] = literal_column("0")
ONE: ColumnElement[int] = literal_column("1")


def bound(names: Iterable[str], suffix: str = "") -> dict[str, BindParameter[Any]]:
    """Return values for an insert or an update: each column takes the value of its name and the suffix."""
    return {name: bindparam(f"{name}{suffix}") for name in names}


class Cursor(Protocol):
    """What both drivers answer."""

    @property
    def rowcount(self) -> int:
        """Rows that a change touched."""
        ...

    def fetchone(self) -> Row | None:
        """Return the next row."""
        ...

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """Give the rows that are left, one after the other."""
        ...

    def executemany(self, sql: str, values: Iterable[Values]) -> object:
        """Run a statement for each set of values."""
        ...


class Connection(Protocol):
    """What both drivers connect with."""

    def execute(self, sql: str, values: Values = ..., /) -> Cursor:
        """Run a statement."""
        ...

    def cursor(self) -> Cursor:
        """Return a cursor."""
        ...


class NotAloneError(Exception):
    """Work goes beyond one tree, and must be run again while nothing else is written."""


class Compiler:
    """Compiles statements for one engine and keeps what it compiled."""

    def __init__(self, schema: Schema, dialect: Dialect) -> None:
        self.schema = schema
        self._dialect = dialect

    def sql(self, statement: CompilerElement) -> str:
        """Return the text of a statement; its parameters are the names of its bound values."""
        return str(statement.compile(dialect=self._dialect))


class Session:
    """One transaction on one connection.

    Attributes:
        locks: rows that are found are kept from changing until the transaction ends.
        beside_others: others may write meanwhile.
        touched: how often something that a computer's assignment shows was changed.
        trees: those that are kept from others until the transaction ends.
    """

    def __init__(self, connection: Connection, *, locks: bool, alone: bool = False) -> None:
        self._connection = connection
        self.locks = locks
        self.beside_others = locks and not alone
        self.touched: dict[ComputerGuid, int] = {}
        self.trees: set[InstanceTitle] = set()

    def run(self, sql: str, values: Values) -> Cursor:
        """Run a statement."""
        return self._connection.execute(sql, values)

    def one(self, sql: str, values: Values) -> Row | None:
        """Return the first row of an answer."""
        return self._connection.execute(sql, values).fetchone()

    def rows(self, sql: str, values: Values) -> list[Row]:
        """Return all rows of an answer."""
        return self._connection.execute(sql, values).fetchall()

    def run_each(self, sql: str, values: Sequence[Values]) -> None:
        """Run a statement for each set of values."""
        if values:
            self._connection.cursor().executemany(sql, values)

    def be_alone(self) -> None:
        """Say that the work must not be done beside other work, as it uses what belongs to several trees.

        Raises:
            NotAloneError: others may write meanwhile.
        """
        if self.beside_others:
            raise NotAloneError

    def touch(self, computer: ComputerGuid, times: int = 1) -> None:
        """Note that something that a computer's assignment shows was changed."""
        self.touched[computer] = self.touched.get(computer, 0) + times
