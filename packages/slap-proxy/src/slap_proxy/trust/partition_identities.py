"""The identities of partitions: kept while they are valid, because services use their files."""

from datetime import UTC, datetime
from pathlib import Path

from slap_domain.model.caller import OPERATOR, Caller
from slap_domain.model.instance_tree import Instance
from slap_domain.model.master_records import Bearer, CertificateRecord
from slap_domain.model.occasion import Occasion
from slap_domain.model.placement import Place
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.ports.registry import Records
from slap_domain.use_cases.report_instance import allowed_instance
from slap_proxy.http_api.conversations import DeskFor
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.issued import RENEW_DAYS
from slap_proxy.trust.secret_files import SECRET, secret_directory, write_file

_RENEW_SECONDS = RENEW_DAYS * 24 * 3600
_MARK = "-----BEGIN PRIVATE KEY-----"


class PartitionIdentities:
    """Gives each instance a certificate of its own; it is revoked when the instance is gone."""

    def __init__(self, authority: CertificateAuthority, directory: Path, desk_for: DeskFor) -> None:
        self._authority = authority
        self._directory = directory
        self._desk_for = desk_for

    def identity(self, caller: Caller, place: Place) -> PartitionCertificate:
        """Return the identity of what runs in a partition; the same as before while it is valid.

        Raises:
            NotFound: nothing runs there.
            NotAllowed: the caller may not have it.
        """
        instance, valid = self._desk_for(caller).read(
            lambda records, occasion: _standing(records, occasion, place)
        )
        path = self._path(place, instance)
        if valid and path.is_file():
            certificate, _, key = path.read_text(encoding="ascii").partition(_MARK)
            return PartitionCertificate(certificate=certificate, key=f"{_MARK}{key}")
        return self._issue(caller, place, path)

    def revoke(self, place: Place) -> None:
        """Make the identities of a partition invalid: what ran there is gone."""

        def work(records: Records, occasion: Occasion) -> None:
            for record in _of_place(records, place):
                records.trust.revoke(record.serial, occasion.now)

        self._desk_for(OPERATOR).write(work)
        for path in self._directory.glob(f"{place.computer}/{place.partition}.*.pem"):
            path.unlink(missing_ok=True)

    def _issue(self, caller: Caller, place: Place, path: Path) -> PartitionCertificate:
        name = place.guid

        def work(records: Records, occasion: Occasion) -> PartitionCertificate:
            allowed_instance(records, occasion, place)
            for record in _of_place(records, place):
                records.trust.revoke(record.serial, occasion.now)
            issued = self._authority.issue(Bearer.PARTITION, name, datetime.fromtimestamp(occasion.now, UTC))
            records.trust.add_certificate(
                CertificateRecord(
                    serial=issued.serial,
                    bearer=Bearer.PARTITION,
                    name=name,
                    issued_at=issued.issued_at,
                    expires_at=issued.expires_at,
                    place=place,
                )
            )
            return PartitionCertificate(certificate=issued.certificate, key=issued.key)

        identity = self._desk_for(caller).write(work)
        secret_directory(path.parent)
        write_file(path, f"{identity.certificate}{identity.key}".encode("ascii"), SECRET)
        return identity

    def _path(self, place: Place, instance: Instance) -> Path:
        return self._directory / place.computer / f"{place.partition}.{instance.number}.pem"


def _standing(records: Records, occasion: Occasion, place: Place) -> tuple[Instance, bool]:
    instance = allowed_instance(records, occasion, place)
    renew_at = occasion.now + _RENEW_SECONDS
    valid = any(
        not record.revoked_at and record.expires_at > renew_at for record in _of_place(records, place)
    )
    return instance, valid


def _of_place(records: Records, place: Place) -> list[CertificateRecord]:
    return [
        record
        for record in records.trust.certificates()
        if record.bearer is Bearer.PARTITION and record.place == place and not record.revoked_at
    ]
