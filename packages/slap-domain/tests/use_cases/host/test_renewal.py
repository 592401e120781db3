"""Renewing identities: what is asked of the master, and which files are replaced."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError, HostFailure, NotAllowed
from slap_domain.model.expiry import expiry_words
from slap_domain.model.host.changes import MakeDirectory, WriteDocument
from slap_domain.model.host.registration import HeldIdentity
from slap_domain.model.references import computer_guid
from slap_domain.testing.registrar import FakeConfigurationFiles, FakeRegistrar
from slap_domain.use_cases.host.renew_identity import RenewIdentity

SSL = PurePosixPath("/etc/opt/slapos/ssl")
COMPUTER = HeldIdentity(certificate=SSL / "certificate", key=SSL / "key", computer=computer_guid("COMP-1"))
USER = HeldIdentity(certificate=SSL / "certificate", key=SSL / "key")
PAIR = ["former certificate", "former key"]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def files():
    files = FakeConfigurationFiles()
    files.apply(MakeDirectory(path=SSL, mode=0o711))
    for name in ("certificate", "key"):
        files.apply(WriteDocument(path=SSL / name, text=f"former {name}", mode=0o600))
    return files


@pytest.mark.parametrize(("held", "begins"), [(COMPUTER, "Another of COMP-1\n"), (USER, "Another\n")])
def test_an_identity_is_replaced_and_the_former_kept(files, held, begins):
    RenewIdentity(FakeRegistrar(believed=True), files).run(held, "")
    assert files.read(SSL / "certificate").startswith(begins)
    assert files.read(SSL / "key").startswith("-----BEGIN PRIVATE KEY")
    assert files.read(SSL / "certificate.old") == "former certificate"
    assert files.read(SSL / "key.old") == "former key"
    assert set(files.modes.values()) == {0o600, 0o711}


def test_an_identity_in_one_file_stays_in_one(files):
    held = HeldIdentity(certificate=SSL / "certificate", key=SSL / "certificate")
    RenewIdentity(FakeRegistrar(believed=True), files).run(held, "")
    text = files.read(SSL / "certificate")
    assert text.startswith("Another\n")
    assert "BEGIN PRIVATE KEY" in text
    assert files.read(SSL / "certificate.old") == "former certificate"


@pytest.mark.parametrize("writes", range(4))
def test_a_renewal_that_was_interrupted_leaves_a_pair_to_the_next(files, writes):
    class Interrupted(FakeConfigurationFiles):
        left = writes

        def apply(self, change):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            super().apply(change)

    interrupted = Interrupted()
    interrupted.documents, interrupted.modes = files.documents, files.modes
    with pytest.raises(KeyboardInterrupt):
        RenewIdentity(FakeRegistrar(believed=True), interrupted).run(COMPUTER, "")

    class Asked(FakeRegistrar):
        def renew_computer(self, computer, token):
            # What the connection to the master would use.
            assert [files.read(SSL / name) for name in ("certificate", "key")] == PAIR
            return super().renew_computer(computer, token)

    RenewIdentity(Asked(believed=True), files).run(COMPUTER, "")
    assert files.read(SSL / "certificate").startswith("Another of COMP-1")
    assert files.read(SSL / "key").startswith("-----BEGIN PRIVATE KEY")
    assert [files.read(SSL / f"{name}.old") for name in ("certificate", "key")] == PAIR


def test_a_token_serves_where_the_identity_does_not(files):
    case = RenewIdentity(FakeRegistrar(["one"]), files)
    with pytest.raises(NotAllowed):
        case.run(COMPUTER, "")
    assert files.read(SSL / "certificate") == "former certificate"
    case.run(COMPUTER, "one")
    assert files.read(SSL / "certificate").startswith("Another of COMP-1")


def test_what_could_not_be_written_does_not_spend_the_token(files):
    registrar = FakeRegistrar(["one"])
    files.read_only.add(SSL)
    with pytest.raises(HostFailure):
        RenewIdentity(registrar, files).run(COMPUTER, "one")
    missing = HeldIdentity(certificate=SSL / "none", key=SSL / "key")
    files.read_only.clear()
    with pytest.raises(ConfigurationError, match="ssl/none does not exist: there is nothing to renew"):
        RenewIdentity(registrar, files).run(missing, "one")
    RenewIdentity(registrar, files).run(COMPUTER, "one")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=30, seconds=1), ""),
        (timedelta(days=30), "expires in 30 days, on 2026-12-30"),
        (timedelta(days=1, hours=9), "expires in a day, on 2026-12-01"),
        (timedelta(hours=3), "expires in less than a day, on 2026-11-30"),
        (timedelta(0), "expired on 2026-11-30"),
        (-timedelta(days=3), "expired on 2026-11-27"),
    ],
)
def test_the_holder_is_told_in_time(left, words):
    assert expiry_words(NOW + left, NOW) == words


def test_some_must_be_told_earlier():
    assert expiry_words(NOW + timedelta(days=300), NOW, 365) == "expires in 300 days, on 2027-09-26"
