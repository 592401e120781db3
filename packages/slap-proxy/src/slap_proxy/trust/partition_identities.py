"""The identities of partitions: kept while they are valid, because services use their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from slap_domain.errors import HostFailure
from slap_domain.model.expiry import RENEW_DAYS
from slap_domain.model.master.caller import Caller
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import Bearer
from slap_domain.model.place import Place
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.report_instance import allowed_instance
from slap_proxy.http_api.conversations import DeskFor
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.keeping import keep_certificate
from slap_proxy.whole_files import SECRET, secret_directory, write_file

_RENEW_SECONDS = RENEW_DAYS * 24 * 3600
_MARK = "-----BEGIN PRIVATE KEY-----"


class PartitionIdentities:
    """Gives each instance a certificate of its own; the rules revoke it when the instance is gone.

    The key is in a file alone, and the file is named by the serial number of the certificate. So a master
    gives again only what the records still call valid, and masters that share records but not files leave
    each other's certificates valid.
    """

    def __init__(self, authority: CertificateAuthority, directory: Path, desk_for: DeskFor) -> None:
        self._authority = authority
        self._directory = directory
        self._desk_for = desk_for

    def identity(self, caller: Caller, place: Place) -> PartitionCertificate:
        """Return the identity of what runs in a partition; the same as before while it is valid.

        Raises:
            NotFound: nothing runs there.
            NotAllowed: the caller may not have it.
            HostFailure: its file cannot be read or written.
        """

        # Found and issued in one piece of work, which keeps the instance from changing: whoever asks at the
        # same time waits, and then finds it. A file that a repeated piece of work left is never given out.
        def work(records: Records, occasion: Occasion) -> PartitionCertificate:
            instance = allowed_instance(records, occasion, place)
            directory, renew_at = self._directory_of(place), occasion.now + _RENEW_SECONDS
            for record in reversed(records.trust.of_place(place)):
                kept = directory / _file_name(instance.number, record.serial)
                if record.expires_at > renew_at and kept.is_file():
                    return _read(kept)
            return self._issue(records, occasion, place, instance.number)

        with _file_errors():
            return self._desk_for(caller).write(work)

    def forget(self, place: Place) -> None:
        """Remove the files of a partition: what ran there is gone.

        Raises:
            HostFailure: they cannot be removed.
        """
        with _file_errors():
            for path in self._directory_of(place).glob("*.pem"):
                path.unlink(missing_ok=True)

    def _issue(self, records: Records, occasion: Occasion, place: Place, number: int) -> PartitionCertificate:
        now = datetime.fromtimestamp(occasion.now, UTC)
        issued = self._authority.issue(Bearer.PARTITION, place.guid, now)
        keep_certificate(records, issued, Bearer.PARTITION, place.guid, place)
        directory = secret_directory(self._directory_of(place))
        text = f"{issued.certificate}{issued.key}"
        write_file(directory / _file_name(number, issued.serial), text.encode("ascii"), SECRET)
        return PartitionCertificate(certificate=issued.certificate, key=issued.key)

    def _directory_of(self, place: Place) -> Path:
        return self._directory / place.computer / place.partition


def _file_name(number: int, serial: str) -> str:
    return f"{number}.{serial}.pem"


def _read(path: Path) -> PartitionCertificate:
    certificate, _, key = path.read_text(encoding="ascii").partition(_MARK)
    return PartitionCertificate(certificate=certificate, key=f"{_MARK}{key}")


@contextmanager
def _file_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HostFailure(f"the identity of a partition cannot be kept: {error}") from error
