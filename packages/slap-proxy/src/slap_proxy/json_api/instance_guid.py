"""The name by which the JSON API knows an instance: `<title>___<root title>___<0|1>` (wire-hateoas B2)."""

from slap_domain.errors import NotFound
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.references import TITLE_LENGTH_LIMIT, InstanceTitle

_SEPARATOR = "___"
_SHARED = {"0": False, "1": True}
# What is longer names nothing, and might be cut at as many places as it has characters.
_LONGEST = 2 * TITLE_LENGTH_LIMIT + len(_SEPARATOR)


def guid_of(key: InstanceKey) -> str:
    """Return the name of an instance."""
    return _SEPARATOR.join((key.title, key.root, str(int(key.shared))))


def keys_named(guid: str) -> tuple[InstanceKey, ...]:
    """Return every key that a name can stand for: more than one when a title holds the separator itself.

    Raises:
        NotFound: it is no such name.
    """
    body, separator, last = guid.rpartition(_SEPARATOR)
    if not separator or last not in _SHARED or len(body) > _LONGEST:
        raise NotFound(f"instance_guid {guid[:200]} not handled.")
    cuts = [index for index in range(1, len(body)) if body.startswith(_SEPARATOR, index)]
    return tuple(
        InstanceKey(
            title=InstanceTitle(body[:cut]),
            root=InstanceTitle(body[cut + len(_SEPARATOR) :]),
            shared=_SHARED[last],
        )
        for cut in cuts
    )
