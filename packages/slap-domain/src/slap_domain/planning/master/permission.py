"""Who may do what on a master: a user what is theirs, a computer its partitions, a partition its tree."""

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import Caller, CallerKind
from slap_domain.model.master.instance_tree import Instance
from slap_domain.model.master.records import ComputerRecord, ReleaseRecord
from slap_domain.model.place import Place
from slap_domain.model.references import ComputerGuid


def check_known(caller: Caller) -> None:
    """Refuse whoever has not said who they are.

    Raises:
        NotAllowed: the caller is a stranger.
    """
    if caller.kind is CallerKind.STRANGER:
        raise NotAllowed("this master asks for a client certificate", hint="run `slapos configure client`")


def check_tenant(caller: Caller) -> None:
    """Let users and the operator act on things that have no place yet.

    Raises:
        NotAllowed: the caller is a computer, a partition or a stranger.
    """
    check_known(caller)
    if not caller.is_trusted and caller.kind is not CallerKind.USER:
        raise _refusal(caller, "act for a user")


def check_supply(caller: Caller, guid: ComputerGuid, record: ComputerRecord | None) -> None:
    """Let a release be supplied: by users to their computers and everybody's, by a computer to itself.

    Raises:
        NotAllowed: the computer is somebody else's.
    """
    check_known(caller)
    open_to_users = record is not None and record.owner in ("", caller.user)
    if not (
        caller.is_trusted
        or (caller.kind is CallerKind.USER and open_to_users)
        or (caller.kind is CallerKind.COMPUTER and caller.computer == guid)
    ):
        raise _refusal(caller, f"supply computer {guid}")


def check_computer(caller: Caller, guid: ComputerGuid, record: ComputerRecord | None) -> None:
    """Let a computer act for itself, and its owner for it.

    Raises:
        NotAllowed: the caller is neither.
    """
    check_known(caller)
    if not has_computer(caller, guid, record):
        raise _refusal(caller, f"act for computer {guid}")


def has_computer(caller: Caller, guid: ComputerGuid, record: ComputerRecord | None) -> bool:
    """Tell whether a caller is a computer, or its owner."""
    return (
        caller.is_trusted
        or (caller.kind is CallerKind.COMPUTER and caller.computer == guid)
        or (caller.kind is CallerKind.USER and record is not None and record.owner == caller.user)
    )


def check_supplier(caller: Caller, release: ReleaseRecord) -> None:
    """Let a user have removed from everybody's computer what nobody else asked for.

    Raises:
        NotAllowed: somebody else did, too or alone.
    """
    if release.supplier != caller.user:
        what = f"{release.url} to computer {release.computer}"
        raise NotAllowed(
            f"{caller.describe()} is not the only one who supplied {what}",
            hint="who has the computer may have it removed",
        )


def check_unused(release: ReleaseRecord, *, serves_others: bool) -> None:
    """Let a user have removed from everybody's computer what no instance of somebody else needs.

    Raises:
        NotAllowed: some does.
    """
    if serves_others:
        raise NotAllowed(
            f"instances of others use {release.url} on computer {release.computer}",
            hint="who has the computer may have it removed",
        )


def acts_at(caller: Caller, place: Place) -> bool:
    """Tell whether a caller may act for a partition whatever runs there: as itself, or as its computer."""
    return (
        caller.is_trusted
        or caller.place == place
        or (caller.kind is CallerKind.COMPUTER and caller.computer == place.computer)
    )


def check_place(caller: Caller, place: Place, instance: Instance | None) -> None:
    """Let a partition act as itself, its computer for it, and the owner of its instance.

    Raises:
        NotAllowed: the caller is none of them.
    """
    check_known(caller)
    owns = caller.kind is CallerKind.USER and instance is not None and instance.owner == caller.user
    if not (owns or acts_at(caller, place)):
        raise _refusal(caller, f"act for partition {place}")


def check_same_tree(caller: Caller, own: Instance | None, other: Instance) -> None:
    """Let a partition read what belongs to its own tree; others as `check_place` lets them act.

    Raises:
        NotAllowed: the instance belongs to another tree.
    """
    if (
        caller.kind is CallerKind.PARTITION
        and own is not None
        and own.key.tree == other.key.tree
        and own.owner == other.owner
    ):
        return
    if other.slot is None:
        check_owner(caller, other)
    else:
        check_place(caller, other.slot.place, other)


def check_owner(caller: Caller, instance: Instance) -> None:
    """Let a user act on what is theirs.

    Raises:
        NotAllowed: it is somebody else's.
    """
    check_tenant(caller)
    if not caller.is_trusted and instance.owner != caller.user:
        raise _refusal(caller, f"act on instance {instance.key.title!r}")


def _refusal(caller: Caller, what: str) -> NotAllowed:
    return NotAllowed(f"{caller.describe()} may not {what}")
