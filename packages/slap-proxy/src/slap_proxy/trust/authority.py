"""The certificate authority of a master: issues certificates to its callers and to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slap_domain.errors import ConfigurationError
from slap_domain.model.master.records import Bearer
from slap_domain.ports.clock import Clock
from slap_proxy.trust.issued import AUTHORITY_FILE, Issued
from slap_proxy.whole_files import PUBLIC, SECRET, secret_directory, write_file

if TYPE_CHECKING:
    from slap_proxy.trust.signing import Signer

_KEY_FILE = "authority.key"
_SERVER_FILE = "server.pem"


class CertificateAuthority:
    """Issues certificates; its own key and certificate are made at the first use and kept in a directory."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._signer: Signer | None = None

    def certificate_path(self) -> Path:
        """Return where the authority's certificate is: what callers check the master with.

        Raises:
            ConfigurationError: the files of the authority cannot be read.
        """
        self._load()
        return self._directory / AUTHORITY_FILE

    def issue(self, bearer: Bearer, name: str, now: datetime) -> Issued:
        """Issue a certificate to a caller.

        Raises:
            ConfigurationError: the files of the authority cannot be read.
        """
        from slap_proxy.trust.signing import issue_client  # noqa: PLC0415 - see there

        return issue_client(self._load(), bearer.value, name, now)

    def server_path(self, host_names: tuple[str, ...]) -> Path:
        """Return a file with the certificate and the key of a server that has these names.

        Raises:
            ConfigurationError: the files of the authority cannot be read, or this one not be written.
        """
        from slap_proxy.trust.signing import issue_server, still_serves  # noqa: PLC0415 - see there

        signer, path, now = self._load(), self._directory / _SERVER_FILE, self._clock.now()
        try:
            if not (path.is_file() and still_serves(path.read_bytes(), signer, host_names, now)):
                issued = issue_server(signer, host_names, now)
                write_file(path, f"{issued.certificate}{issued.key}".encode("ascii"), SECRET)
        except OSError as error:
            raise ConfigurationError(f"the certificate {path} cannot be renewed: {error}") from error
        return path

    def serial_of(self, certificate: str) -> str:
        """Return the serial number of a certificate that this authority issued and that is in date.

        Raises:
            NotAllowed: it did not issue it, or the certificate is not valid now.
        """
        from slap_proxy.trust.signing import serial_of  # noqa: PLC0415 - see there

        return serial_of(self._load(), certificate, self._clock.now())

    def _load(self) -> "Signer":
        if self._signer is None:
            self._signer = self._opened()
        return self._signer

    def _opened(self) -> "Signer":
        from slap_proxy.trust.signing import new_authority, read_signer  # noqa: PLC0415 - see there

        certificate, key = self._directory / AUTHORITY_FILE, self._directory / _KEY_FILE
        try:
            secret_directory(self._directory)
            with _locked(self._directory):
                if not certificate.exists():
                    texts = new_authority(self._clock.now())
                    write_file(key, texts[1].encode("ascii"), SECRET)
                    write_file(certificate, texts[0].encode("ascii"), PUBLIC)
            return read_signer(certificate.read_bytes(), key.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the certificate authority in {self._directory} cannot be used: {error}"
            ) from error


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
