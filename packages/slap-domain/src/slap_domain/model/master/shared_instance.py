"""A shared instance: how its sharer knows it."""

from collections.abc import Mapping

from slap_domain.model.master.instance_tree import Instance, InstanceKey


def shared_name(key: InstanceKey) -> str:
    """Return the name that the wire makes of a shared instance's tree and title (wire-slap section 5)."""
    return f"{key.root}_{key.title}"


def unique_reference(key: InstanceKey, taken: frozenset[str]) -> str:
    """Return the reference of a new shared instance: its name, or the name and a number where that is taken.

    Root `A_B` with title `C` and root `A` with title `B_C` have the same name (compat-notes 5.4).
    """
    name = shared_name(key)
    reference, count = name, 1
    while reference in taken:
        count += 1
        reference = f"{name}-{count}"
    return reference


def as_sharer_sees(instance: Instance) -> Mapping[str, object]:
    """Return a shared instance as its sharer is told of it; the three names shadow parameters called so.

    The existing proxy lets parameters win (wire-slap section 5): a tenant can then have the sharer publish,
    by the reference of another one, what that one is told.
    """
    return {
        **instance.parameters,
        "slave_title": instance.reference,
        "slave_reference": instance.reference,
        "slap_software_type": instance.type,
    }
