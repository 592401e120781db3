"""The fakes of a host keep the contracts of a host."""

import itertools
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import CreateGroup
from slap_domain.model.host.state import FoundInterface
from slap_domain.testing.host_accounts import FakeHostAccounts, HostAccountsContract
from slap_domain.testing.host_files import FakeHostFiles, HostFilesContract
from slap_domain.testing.host_machine import (
    FakeHostMachine,
    FakeRecordFormat,
    HostMachineContract,
    RecordFormatContract,
)
from slap_domain.testing.host_network import FakeHostNetwork, HostNetworkContract


class TestFakeAccounts(HostAccountsContract):
    def make_accounts(self):
        self._numbers = itertools.count()
        return FakeHostAccounts()

    def name(self):
        return f"slaptest{next(self._numbers)}"


class TestFakeNetwork(HostNetworkContract):
    def make_network(self):
        return FakeHostNetwork([FoundInterface(name="lo", up=True), FoundInterface(name="eth0", up=True)])

    def user(self):
        return "somebody"


class TestFakeFiles(HostFilesContract):
    def make_files(self):
        return FakeHostFiles()

    def folder(self):
        return PurePosixPath("/srv/slapgrid")


class TestFakeMachine(HostMachineContract):
    def make_machine(self):
        return FakeHostMachine()


class TestFakeRecords(RecordFormatContract):
    def make_records(self):
        return FakeRecordFormat()


def test_a_user_cannot_be_created_twice():
    accounts = TestFakeAccounts()
    fake = accounts.make_accounts()
    accounts.make_accounts = lambda: fake
    accounts.test_locking_twice_is_no_failure()
    accounts._numbers = itertools.count()
    with pytest.raises(HostFailure, match="group slaptest0 exists already"):
        accounts.test_locking_twice_is_no_failure()
    fake._groups.clear()
    accounts._numbers = itertools.count()
    with pytest.raises(HostFailure, match="user slaptest0 exists already"):
        accounts.test_locking_twice_is_no_failure()


class Agreeable(FakeHostAccounts):
    """Accepts everything, and does nothing."""

    def apply(self, change):
        if isinstance(change, CreateGroup):
            self._groups.add(change.name)


class Silent(FakeHostNetwork):
    """Accepts everything, and does nothing."""

    def apply(self, change):
        assert change


class Loose(FakeHostFiles):
    """Writes anywhere, and looks at nothing."""

    def apply(self, change):
        self.documents[change.path] = getattr(change, "text", "")

    def observe(self, directories, documents):
        return None


class Gullible(FakeRecordFormat):
    """Reads anything."""

    def read(self, text):
        return text


def test_the_contracts_notice_fakes_that_agree_with_everything():
    accounts, network, files, records = (
        TestFakeAccounts(),
        TestFakeNetwork(),
        TestFakeFiles(),
        TestFakeRecords(),
    )
    accounts._numbers = itertools.count()
    accounts.make_accounts = Agreeable
    network.make_network = Silent
    files.make_files = Loose
    records.make_records = Gullible
    for test in (
        accounts.test_a_group_is_created_once,
        accounts.test_a_user_needs_its_groups,
        accounts.test_an_unknown_user_cannot_be_changed,
        network.test_an_interface_that_does_not_exist_is_a_failure,
        network.test_binding_any_address_is_seen,
        files.test_a_document_needs_its_directory,
        files.test_a_document_in_the_place_of_a_directory_is_a_failure,
        records.test_what_is_malformed_is_refused,
    ):
        with pytest.raises(AssertionError):
            test()
