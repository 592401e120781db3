"""Tells whoever uses a certificate that it ends soon, or has ended."""

import logging
from datetime import UTC, datetime

from slap_domain.errors import NotAllowed
from slap_domain.model.expiry import expiry_words
from slap_http_adapter.client.own_certificate import expiry_of

_LOG = logging.getLogger(__name__)


def warn_of_expiry(certificate: str, renewing: str) -> None:
    """Warn when a certificate has ended or will do so soon.

    Args:
        certificate: path of its file; empty: none is used.
        renewing: the command that renews it, with the options that it needs here.
    """
    words = _words_of(certificate)
    if words:
        _LOG.warning("the certificate %s %s; `slapos %s` renews it", certificate, words, renewing)


def refuse_expired(certificate: str) -> None:
    """Refuse a certificate that cannot be used any more.

    Raises:
        NotAllowed: it has expired.
    """
    end = expiry_of(certificate)
    if end is not None and end <= datetime.now(UTC):
        raise NotAllowed(
            f"the certificate {certificate} has expired, and renews nothing any more",
            hint="get a token from the master's operator or site, and renew with --token",
        )


def _words_of(certificate: str) -> str:
    end = expiry_of(certificate) if certificate else None
    return expiry_words(end, datetime.now(UTC)) if end is not None else ""
