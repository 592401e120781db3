"""When the certificate ends that a master is spoken to with.

Read by hand: what reads whole certificates takes longer to import than most commands take to run.
"""

import base64
from datetime import UTC, datetime
from pathlib import Path

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0
_LIMIT = 1024 * 1024
# Two digits of a year from here on are of the century before (RFC 5280, section 4.1.2.5.1).
_LAST_CENTURY = 50


def expiry_of(path: str) -> datetime | None:
    """Return when the first certificate of a PEM file ends; None when it cannot be told.

    Whether the file can be used at all is found out by what uses it.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LIMIT).decode("latin-1")
        return _end_of(base64.b64decode(text.partition(_BEGIN)[2].partition(_END)[0]))
    except (OSError, ValueError, IndexError):
        return None


def _end_of(certificate: bytes) -> datetime:
    """Return the second moment of `Certificate.tbsCertificate.validity` (RFC 5280, section 4.1)."""
    _, whole, _ = _element(certificate, 0)
    _, signed, _ = _element(whole, 0)
    tag, _, after = _element(signed, 0)
    place = after if tag == _VERSION else 0
    for _ in ("serial number", "algorithm", "issuer"):
        place = _element(signed, place)[2]
    _, validity, _ = _element(signed, place)
    tag, moment, _ = _element(validity, _element(validity, 0)[2])
    return _moment(tag, moment.decode("ascii"))


def _element(data: bytes, place: int) -> tuple[int, bytes, int]:
    """Return tag and content of a DER element, and where the next one begins."""
    tag, length, begin = data[place], data[place + 1], place + 2
    if length & 0x80:
        size = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + size], "big"), begin + size
    return tag, data[begin : begin + length], begin + length


def _moment(tag: int, text: str) -> datetime:
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= _LAST_CENTURY else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("no moment")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
