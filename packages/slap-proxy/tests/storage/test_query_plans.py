"""No request walks through all partitions: what SQLite plans for every statement that a request runs."""

import re
import sqlite3
from contextlib import closing
from itertools import product

import pytest

from slap_proxy.storage.opening import opened_storage
from slap_proxy.storage.records import Statements
from slap_proxy.storage.schema import make_schema
from slap_proxy.storage.session import Compiler
from slap_proxy.storage.sqlite_registry import sqlite_dialect

FLAGS = (False, True)
SEVERAL = ("by_key", "by_shared_key", "by_place", "by_number", "by_reference", "update_in_place")
CHANGED = ("members", "shared_at", "insert", "update", "remove", "abandon", "stamp", "occupy", "vacate")


def records():
    made = Statements(Compiler(make_schema(), sqlite_dialect()))
    computers = ("find", "contact", "count", "slot", "slot_revision", "update_slot", "remove_slot")
    releases = ("find", "insert", "update", "remove")
    listings = ("partition", "revisions", "partitions", "sharers")
    return [
        *((name, text) for name in SEVERAL for text in getattr(made.instances, name)),
        *((name, getattr(made.instances, name)) for name in CHANGED),
        *((f"computer {name}", getattr(made.computers, name)) for name in computers),
        *((f"listing of {name}", getattr(made.listings, name)) for name in listings),
        ("certificates of a partition", made.ledger.of_place),
        ("certificates of a computer", made.ledger.of_computer),
        ("certificates that ended", made.ledger.forget_certificates),
        ("tokens that ended", made.ledger.forget_tokens),
        *((f"release {name}", getattr(made.releases, name)) for name in releases),
    ]


def room():
    made = Statements(Compiler(make_schema(), sqlite_dialect())).instances
    return [
        *(("free", made.free_slot(computer=flag, wait=False)) for flag in FLAGS),
        *(
            ("room", made.roomy_computer(computer=True, supplied=supplied, owner=owner))
            for supplied, owner in product(FLAGS, FLAGS)
        ),
        *(
            ("sharer", made.sharer(kind=True, computer=True, place=place, owner=owner))
            for place, owner in product(FLAGS, FLAGS)
        ),
    ]


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    path = tmp_path_factory.mktemp("plans") / "proxy.sqlite"
    with opened_storage(str(path), lambda _: None):
        pass
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize(("name", "text"), [*records(), *room()])
def test_every_row_is_found_by_an_index(connection, name, text):
    values = dict.fromkeys(re.findall(r":(\w+)", text), 1)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    assert [step for step in plan if "SCAN" in step or "TEMP B-TREE" in step] == []


@pytest.mark.parametrize(("name", "text"), [*records(), *room()])
def test_no_value_decides_which_index_may_be_used(name, text):
    """SQLite would plan the statement again each time: `shared` is what the partial indexes ask for."""
    condition = text.partition("WHERE")[2]
    assert not re.search(r"shared = :", condition)


def test_a_computer_anywhere_is_found_in_order(connection):
    made = Statements(Compiler(make_schema(), sqlite_dialect()))
    text = made.instances.free_slot(computer=False, wait=False)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
    assert plan == ["SEARCH partition USING INDEX partition_free (busy=?)"]
