"""Renew the identity of a machine or a person: get another one, and replace the files of the former."""

from pathlib import PurePosixPath

from slap_domain.errors import ConfigurationError
from slap_domain.model.host.registration import HeldIdentity
from slap_domain.planning.host.registration import former_path, renewed_files, torn_apart
from slap_domain.ports.registrar import ConfigurationFiles, Registrar


class RenewIdentity:
    """Replaces an identity; the former one is kept beside it, and nothing else is changed."""

    def __init__(self, registrar: Registrar, files: ConfigurationFiles) -> None:
        self._registrar = registrar
        self._files = files

    def check(self, held: HeldIdentity) -> dict[PurePosixPath, str]:
        """Return what the files say; ask this before asking for a token, which would be lost.

        Raises:
            ConfigurationError: there is no such file.
            HostFailure: a file cannot be read, or could not be written.
        """
        texts = {}
        for path in dict.fromkeys((held.key, held.certificate)):
            text = self._files.read(path)
            if text is None:
                raise ConfigurationError(f"{path} does not exist: there is nothing to renew")
            self._files.check_writable(path.parent)
            texts[path] = text
        return texts

    def run(self, held: HeldIdentity, token: str) -> None:
        """Replace the identity.

        Args:
            held: the identity.
            token: of the user, or of the owner of the computer; empty: what is held counts.

        Raises:
            ConfigurationError, HostFailure: see `check`.
            RequestRefused: the master does not renew it, or the token is refused.
            TemporarilyUnavailable: the master does not answer, or not with an identity.
        """
        former = self._mended(held, self.check(held))
        if held.computer is None:
            identity = self._registrar.renew_user(token)
        else:
            identity = self._registrar.renew_computer(held.computer, token)
        for change in renewed_files(held, former, identity):
            self._files.apply(change)

    def _mended(self, held: HeldIdentity, texts: dict[PurePosixPath, str]) -> dict[PurePosixPath, str]:
        """Make a pair again of what an interrupted renewal left, and return what the files say then."""
        change = torn_apart(held, texts, {path: self._files.read(former_path(path)) for path in texts})
        if change is None:
            return texts
        self._files.apply(change)
        return {**texts, change.path: change.text}
