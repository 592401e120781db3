"""The names by which SlapOS refers to things, and what makes each of them valid."""

import re
from typing import NewType

from slap_domain.errors import InvalidInput

ComputerGuid = NewType("ComputerGuid", str)
PartitionId = NewType("PartitionId", str)
InstanceTitle = NewType("InstanceTitle", str)
InstanceGuid = NewType("InstanceGuid", str)
SoftwareUrl = NewType("SoftwareUrl", str)
SoftwareType = NewType("SoftwareType", str)
Timestamp = NewType("Timestamp", str)

DEFAULT_SOFTWARE_TYPE = SoftwareType("default")
# Both mean "the default type": clients up to 1.6 send the second, later ones the first
# (compat-notes 2.1). They are equal in look-ups; the text last sent is stored and answered.
_DEFAULT_TYPE_SPELLINGS = frozenset({"", "default", "RootSoftwareInstance"})

TITLE_LENGTH_LIMIT = 1000
URL_LENGTH_LIMIT = 4000
# Computer and partition ids become directory names and parts of supervisor groups.
DIRECTORY_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
CONTROL_CHARACTERS = r"\u0000-\u001f\u007f\ufffe\uffff"
_DIRECTORY_NAME = re.compile(rf"{DIRECTORY_NAME}\Z")
# What Python makes of bytes of a command line that are no UTF-8.
_NO_TEXT = re.compile(r"[\ud800-\udfff]")
_REFUSED = re.compile(rf"[{CONTROL_CHARACTERS}\ud800-\udfff]")


def _directory_name(text: str, what: str) -> str:
    if not _DIRECTORY_NAME.match(text):
        raise InvalidInput(
            f"{what} {text[:130]!r} is not valid",
            hint="use 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or a digit",
        )
    return text


def computer_guid(text: str) -> ComputerGuid:
    """Check the identifier of a computer.

    Raises:
        InvalidInput: it could not be a directory name.
    """
    return ComputerGuid(_directory_name(text, "computer id"))


def partition_id(text: str) -> PartitionId:
    """Check the identifier of a partition, which is the name of its directory.

    Raises:
        InvalidInput: it could not be a directory name.
    """
    return PartitionId(_directory_name(text, "partition id"))


def _bounded_text(text: str, what: str, limit: int) -> str:
    if not text.strip():
        raise InvalidInput(f"{what} is empty")
    if len(text) > limit:
        raise InvalidInput(f"{what} has {len(text)} characters, the limit is {limit}")
    if _REFUSED.search(text):
        why = "is not UTF-8 text" if _NO_TEXT.search(text) else "contains a control character"
        raise InvalidInput(f"{what} {text[:80]!r} {why}")
    return text


def instance_title(text: str) -> InstanceTitle:
    """Check the name that a person or a recipe chose for an instance: any text without control characters.

    Raises:
        InvalidInput: it is empty, too long, no UTF-8 text or holds control characters.
    """
    return InstanceTitle(_bounded_text(text, "instance title", TITLE_LENGTH_LIMIT))


def software_url(text: str) -> SoftwareUrl:
    """Check the URI of a software release: a URL, or an absolute path on the node.

    Raises:
        InvalidInput: it is empty, too long, no UTF-8 text or holds control characters.
    """
    return SoftwareUrl(_bounded_text(text, "software release URL", URL_LENGTH_LIMIT))


def software_type(text: str | None) -> SoftwareType:
    """Check a software type; None and the empty text mean the default one.

    Raises:
        InvalidInput: it is too long, no UTF-8 text or holds control characters.
    """
    if not text:
        return DEFAULT_SOFTWARE_TYPE
    return SoftwareType(_bounded_text(text, "software type", TITLE_LENGTH_LIMIT))


def same_software_type(one: str, other: str) -> bool:
    """Tell whether two spellings name the same software type."""
    return one == other or (one in _DEFAULT_TYPE_SPELLINGS and other in _DEFAULT_TYPE_SPELLINGS)
