"""A registrar and configuration files in memory, and the contracts that every one of them keeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure, InvalidInput, NotAllowed
from slap_domain.model.host.changes import FileChange, MakeDirectory, WriteDocument
from slap_domain.model.host.registration import IssuedIdentity
from slap_domain.model.references import ComputerGuid
from slap_domain.ports.registrar import ConfigurationFiles, Registrar

_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
_KEY = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n"  # not a key


class FakeRegistrar:
    """Knows tokens, each good for one call; it may be asked with an identity that the master believes."""

    def __init__(self, tokens: Iterable[str] = (), *, believed: bool = False) -> None:
        self._tokens = set(tokens)
        self._believed = believed
        self._computers = 0

    def register_computer(self, title: str, token: str) -> IssuedIdentity:  # noqa: ARG002 - any title will do
        """Make a new computer."""
        self._redeem(token)
        self._computers += 1
        subject = f"Subject: CN=COMP-{self._computers}/emailAddress=root@localhost\n"
        return IssuedIdentity(certificate=subject + _CERTIFICATE, key=_KEY)

    def register_user(self, token: str) -> IssuedIdentity:
        """Give an identity to a user."""
        self._redeem(token)
        return IssuedIdentity(certificate=_CERTIFICATE, key=_KEY)

    def renew_computer(self, computer: ComputerGuid, token: str) -> IssuedIdentity:
        """Give a computer another identity."""
        self._redeem_or_believe(token)
        return IssuedIdentity(certificate=f"Another of {computer}\n{_CERTIFICATE}", key=_KEY)

    def renew_user(self, token: str) -> IssuedIdentity:
        """Give a user another identity."""
        self._redeem_or_believe(token)
        return IssuedIdentity(certificate=f"Another\n{_CERTIFICATE}", key=_KEY)

    def _redeem_or_believe(self, token: str) -> None:
        if token or not self._believed:
            self._redeem(token)

    def _redeem(self, token: str) -> None:
        if token not in self._tokens:
            raise NotAllowed("the token is refused")
        self._tokens.remove(token)


class FakeConfigurationFiles:
    """Files in memory; tests may look at `documents` and `modes`, and add to `read_only`."""

    def __init__(self) -> None:
        self.documents: dict[PurePosixPath, str] = {}
        self.modes: dict[PurePosixPath, int] = {}
        self.read_only: set[PurePosixPath] = set()

    def read(self, path: PurePosixPath) -> str | None:
        """Return what a file says; None when there is nothing at its path."""
        return self.documents.get(path)

    def is_made(self, change: FileChange) -> bool:
        """Tell whether a change is made already."""
        if isinstance(change, MakeDirectory):
            return change.path in self.modes
        return self.documents.get(change.path) == change.text

    def check_writable(self, directory: PurePosixPath) -> None:
        """Refuse the directories in `read_only`."""
        if directory in self.read_only:
            raise HostFailure(f"{directory} cannot be written")

    def back_up(self, directory: PurePosixPath) -> PurePosixPath:
        """Copy a directory."""
        if directory not in self.modes:
            raise HostFailure(f"{directory} does not exist")
        number, target = 0, directory.with_name(f"{directory.name}.old")
        while target in self.modes:
            number += 1
            target = directory.with_name(f"{directory.name}.old.{number}")
        self.documents |= {_moved(path, directory, target): text for path, text in self.documents.items()}
        self.modes |= {_moved(path, directory, target): mode for path, mode in self.modes.items()}
        return target

    def apply(self, change: FileChange) -> None:
        """Make one change; a directory that exists is left as it is."""
        if isinstance(change, MakeDirectory):
            self.modes.setdefault(change.path, change.mode)
            return
        if change.path.parent not in self.modes:
            raise HostFailure(f"directory {change.path.parent} does not exist")
        self.documents[change.path] = change.text
        self.modes[change.path] = change.mode


def _moved(path: PurePosixPath, source: PurePosixPath, target: PurePosixPath) -> PurePosixPath:
    return target / path.relative_to(source) if path.is_relative_to(source) else path


class RegistrarContract(ABC):
    """What every registrar does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_registrar(self) -> Registrar:
        """Return the subject."""

    @abstractmethod
    def computer_token(self) -> str:
        """Return a fresh token for a computer."""

    @abstractmethod
    def user_token(self) -> str:
        """Return a fresh token for a user."""

    def test_a_computer_gets_its_id(self) -> None:
        """Two computers of one title are two."""
        registrar = self.make_registrar()
        first = registrar.register_computer("mine", self.computer_token())
        second = registrar.register_computer("mine", self.computer_token())
        assert first.computer.startswith("COMP-")
        assert first.computer != second.computer

    def test_a_user_gets_an_identity(self) -> None:
        """A certificate and a key."""
        issued = self.make_registrar().register_user(self.user_token())
        assert "CERTIFICATE" in issued.certificate
        assert issued.key not in repr(issued)

    def test_a_token_is_good_once(self) -> None:
        """Used again, it is refused."""
        registrar, token = self.make_registrar(), self.computer_token()
        registrar.register_computer("mine", token)
        self._assert_refused(registrar, token)

    def test_an_unknown_token_is_refused(self) -> None:
        """As a mistyped one, or none."""
        registrar = self.make_registrar()
        for token in ("unknown", ""):
            self._assert_refused(registrar, token)

    def test_nobody_is_renewed_without_a_token_or_an_identity(self) -> None:
        """Not even a computer that is known."""
        registrar = self.make_registrar()
        known = registrar.register_computer("mine", self.computer_token()).computer
        for token in ("unknown", ""):
            for renew in (lambda text: registrar.renew_computer(known, text), registrar.renew_user):
                try:
                    renew(token)
                except (NotAllowed, InvalidInput):
                    continue
                raise AssertionError("an identity was given")

    def test_a_user_is_renewed_by_a_token(self) -> None:
        """Which is then used up."""
        registrar, token = self.make_registrar(), self.user_token()
        assert "CERTIFICATE" in registrar.renew_user(token).certificate
        try:
            registrar.renew_user(token)
        except NotAllowed:
            return
        raise AssertionError("the token was accepted twice")

    @staticmethod
    def _assert_refused(registrar: Registrar, token: str) -> None:
        try:
            registrar.register_computer("mine", token)
        except NotAllowed:
            pass
        else:
            raise AssertionError("the token was accepted for a computer")
        try:
            registrar.register_user(token)
        except NotAllowed:
            return
        raise AssertionError("the token was accepted for a user")


class ConfigurationFilesContract(ABC):
    """What every configuration does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_files(self) -> ConfigurationFiles:
        """Return the subject."""

    @abstractmethod
    def folder(self) -> PurePosixPath:
        """Return the path of a directory that does not exist; its parent does."""

    def test_a_directory_is_backed_up_with_what_it_holds(self) -> None:
        """Each time under a name of its own."""
        files, folder = self.make_files(), self.folder()
        for name in (f"{folder.name}.old", f"{folder.name}.old.1", f"{folder.name}.old.2"):
            files.apply(MakeDirectory(path=folder, mode=0o755))
            files.apply(WriteDocument(path=folder / "slapos.cfg", text=name))
            assert files.back_up(folder) == folder.with_name(name)
            assert files.read(folder / "slapos.cfg") == name
            assert files.read(folder.with_name(name) / "slapos.cfg") == name

    def test_a_directory_that_can_be_made_is_writable(self) -> None:
        """And asking makes nothing."""
        files, folder = self.make_files(), self.folder()
        change = MakeDirectory(path=folder, mode=0o755)
        files.check_writable(folder)
        assert not files.is_made(change)
        files.apply(change)
        files.check_writable(folder)

    def test_what_is_not_there_cannot_be_backed_up(self) -> None:
        """It is a failure, and makes nothing."""
        files, folder = self.make_files(), self.folder()
        try:
            files.back_up(folder)
        except HostFailure:
            return
        raise AssertionError("it was backed up")

    def test_a_directory_that_exists_keeps_what_it_holds(self) -> None:
        """Making it again changes nothing."""
        files, folder = self.make_files(), self.folder()
        for _ in range(2):
            files.apply(MakeDirectory(path=folder, mode=0o755))
            files.apply(WriteDocument(path=folder / "a", text="text"))
        assert files.read(folder / "a") == "text"

    def test_what_is_made_is_known(self) -> None:
        """A file counts only when it says just that."""
        files, folder = self.make_files(), self.folder()
        changes: tuple[FileChange, ...] = (
            MakeDirectory(path=folder, mode=0o755),
            WriteDocument(path=folder / "a", text="text"),
        )
        for change in changes:
            assert not files.is_made(change)
            files.apply(change)
            assert files.is_made(change)
        assert not files.is_made(WriteDocument(path=folder / "a", text="another"))
