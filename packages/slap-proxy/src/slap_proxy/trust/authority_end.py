"""Tells the operator in time that the authority itself ends, and all that it issued with it."""

import logging
from datetime import datetime
from pathlib import Path

from slap_domain.model.expiry import expiry_words
from slap_http_adapter.client.own_certificate import expiry_of
from slap_proxy.trust.issued import AUTHORITY_FILE, CERTIFICATE_DAYS

log = logging.getLogger(__name__)


def warn_of_end(directory: Path, now: datetime) -> None:
    """Warn when the authority in a directory does not outlive what it issues now; nothing is made there."""
    path = directory / AUTHORITY_FILE
    end = expiry_of(str(path))
    words = expiry_words(end, now, CERTIFICATE_DAYS) if end is not None else ""
    if words:
        log.warning(
            "the certificate of the authority, %s, %s, and every other with it; "
            "docs/operators/master.md says how to renew it",
            path,
            words,
        )
