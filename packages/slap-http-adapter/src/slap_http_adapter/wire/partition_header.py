"""The header by which a partition says who it is (wire-slap 1.1): a claim, not a proof."""

from slap_domain.model.place import Place
from slap_domain.model.references import computer_guid, partition_id

HEADER = "Authorization"
_SCHEME = "x-slappartition"


def partition_claim(requester: Place) -> str:
    """Return the value of the header."""
    return f"X-SlapPartition computer_id={requester.computer}, computer_partition_id={requester.partition}"


def claimed_partition(value: str | None) -> Place | None:
    """Read the value of the header; another scheme, or a malformed value, claims nothing.

    Raises:
        InvalidInput: the ids could not be those of a partition.
    """
    scheme, _, rest = (value or "").strip().partition(" ")
    if scheme.lower() != _SCHEME:
        return None
    fields = {}
    for part in rest.split(","):
        key, _, text = part.partition("=")
        fields[key.strip()] = text.strip()
    computer, partition = fields.get("computer_id"), fields.get("computer_partition_id")
    if not computer or not partition:
        return None
    return Place(computer=computer_guid(computer), partition=partition_id(partition))
