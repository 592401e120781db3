"""What the records keep of certificates and tokens, and for how long."""

from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.model.place import Place
from slap_domain.ports.registry import Records
from slap_proxy.trust.issued import Issued

KEPT_DAYS = 90


def keep_certificate(
    records: Records, issued: Issued, bearer: Bearer, name: str, place: Place | None = None
) -> None:
    """Keep a certificate that was just issued, and forget what ended long ago.

    Args:
        records: of the master.
        issued: the certificate.
        bearer: what it is for.
        name: of its bearer.
        place: of a partition.
    """
    records.trust.add_certificate(
        CertificateRecord(
            serial=issued.serial,
            bearer=bearer,
            name=name,
            issued_at=issued.issued_at,
            expires_at=issued.expires_at,
            place=place,
        )
    )
    forget_ended(records, issued.issued_at)


def forget_ended(records: Records, now: int) -> None:
    """Forget tokens that nobody can use any more, and certificates that ended 90 days ago.

    Who gives out something pays for it: what is kept stays as much as is given out in that time.
    """
    records.trust.forget_ended(certificates_before=now - KEPT_DAYS * 24 * 3600, tokens_before=now)
