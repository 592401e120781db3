"""The user database of this machine."""

import os

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.host.changes import CreateGroup
from slap_domain.testing.host_accounts import HostAccountsContract
from slap_node.host import accounts
from slap_node.host.accounts import ShadowAccounts

pytestmark = pytest.mark.root


class TestShadowAccounts(HostAccountsContract):
    @pytest.fixture(autouse=True)
    def _remember_names(self, new_name):
        self._new_name = new_name

    def make_accounts(self):
        return ShadowAccounts()

    def name(self):
        return self._new_name()


def test_a_name_that_the_tools_refuse_is_told():
    if os.geteuid() != 0:
        pytest.skip("groups can only be made by root")
    with pytest.raises(HostFailure, match="cannot create group bad:name: groupadd said: "):
        ShadowAccounts().apply(CreateGroup(name="bad:name"))


def test_missing_tools_are_named(monkeypatch):
    monkeypatch.setattr(accounts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "_TOOLS", ("groupadd", "no-such-tool"))
    with pytest.raises(HostFailure, match="programs are missing: no-such-tool"):
        ShadowAccounts().observe()


def test_who_is_not_root_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(accounts.os, "geteuid", lambda: 1000)
    with pytest.raises(HostFailure, match="only root can create users") as raised:
        ShadowAccounts().observe()
    assert "alter_user = false" in raised.value.hint


def test_without_a_shadow_file_nobody_has_a_password(monkeypatch, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("the user database is read as root")
    monkeypatch.setattr(accounts, "_SHADOW", tmp_path / "shadow")
    assert ShadowAccounts().observe().users["nobody"].locked
