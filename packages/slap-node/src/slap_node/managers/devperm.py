"""Manager `devperm`: disks of the machine that partitions may use as they are."""

import grp
import os
import stat
from collections.abc import Collection
from pathlib import PurePosixPath

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import Account
from slap_domain.planning.node.partition_wishes import requested_disks
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.managers.plugin import Manager

WISHES = ".slapos-disk-permission"
ALLOWED = "allowed-disk-for-vm"
_GROUP = "disk"


class DiskPermissions(Manager):
    """Gives block devices to the users of partitions that ask for them."""

    def instance_ended(self, partition: HookedPartition) -> None:
        """Give a started instance the disks that its recipes asked for."""
        place, instance = partition.place, partition.assigned.instance
        if instance is None or instance.state is not InstanceState.STARTED:
            return
        text = guarded_files.read_text(place.path, WISHES)
        if text is None:
            return
        disks = requested_disks(text, self._allowed(), str(place.path / WISHES))
        if disks and place.account is None:
            raise HostFailure("manager devperm needs root and partitions with users of their own")
        known = self._known_disks() if disks else ()
        for disk in disks:
            if place.account is not None:
                _give(disk, known, place.account)

    def _allowed(self) -> Collection[str] | None:
        words = self.context.option(ALLOWED).split()
        return words or None

    def _known_disks(self) -> Collection[str]:
        listing = self.context.output_of("lsblk", "--noheadings", "--list", "--paths", "--output", "NAME")
        return [line.strip() for line in listing.splitlines()]


def _give(disk: PurePosixPath, known: Collection[str], account: Account) -> None:
    try:
        # A link such as /dev/disk/by-id/… is followed first; what is then opened is the device itself.
        device = os.path.realpath(disk)
        if device not in known:
            raise DeploymentFailed(f"{disk} is no disk of this machine", hint="`lsblk` lists them")
        descriptor = os.open(device, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _give_opened(descriptor, disk, account)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostFailure(f"cannot give {disk} to {account.name}: {error.strerror}") from error


def _give_opened(descriptor: int, disk: PurePosixPath, account: Account) -> None:
    details = os.fstat(descriptor)
    if not stat.S_ISBLK(details.st_mode):
        raise DeploymentFailed(f"{disk} is no block device")
    group = _disk_group()
    if (details.st_uid, details.st_gid) != (account.uid, group):
        os.chown(f"/proc/self/fd/{descriptor}", account.uid, group)


def _disk_group() -> int:
    try:
        return grp.getgrnam(_GROUP).gr_gid
    except KeyError:
        raise HostFailure(f"there is no group {_GROUP}") from None
