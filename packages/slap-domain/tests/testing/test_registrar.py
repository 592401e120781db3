"""The fakes of registration keep its contracts."""

import itertools
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import WriteDocument
from slap_domain.testing.registrar import (
    ConfigurationFilesContract,
    FakeConfigurationFiles,
    FakeRegistrar,
    RegistrarContract,
)


class TestFakeRegistrar(RegistrarContract):
    def make_registrar(self):
        self._tokens = (f"token{number}" for number in itertools.count())
        return FakeRegistrar(f"token{number}" for number in range(5))

    def computer_token(self):
        return next(self._tokens)

    def user_token(self):
        return next(self._tokens)


class TestFakeFiles(ConfigurationFilesContract):
    def make_files(self):
        return FakeConfigurationFiles()

    def folder(self):
        return PurePosixPath("/etc/opt/slapos")


def test_a_file_needs_its_directory():
    with pytest.raises(HostFailure, match="directory /etc does not exist"):
        FakeConfigurationFiles().apply(WriteDocument(path=PurePosixPath("/etc/x"), text=""))


def test_the_contracts_notice_who_agrees_with_everything():
    class Generous(FakeRegistrar):
        def _redeem(self, token):
            """Take anything."""

    class Partial(FakeRegistrar):
        def register_user(self, token):
            return super().register_user("x")

    class Absent(FakeConfigurationFiles):
        def back_up(self, directory):
            return directory

    registrar, partial, files = TestFakeRegistrar(), TestFakeRegistrar(), TestFakeFiles()
    partial.make_registrar = lambda: Partial(["x"])
    registrar._tokens = itertools.repeat("x")
    registrar.make_registrar = Generous
    files.make_files = Absent
    for test in (
        partial.test_an_unknown_token_is_refused,
        registrar.test_an_unknown_token_is_refused,
        files.test_what_is_not_there_cannot_be_backed_up,
    ):
        with pytest.raises(AssertionError):
            test()
