"""Measuring this machine with psutil; its processes in one pass over the kernel's table of them."""

import os
import platform
import pwd
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

import psutil

from slap_domain.errors import HostFailure
from slap_domain.model.consumption.figures import (
    ComputerFigures,
    DiskFigures,
    Owner,
    Snapshot,
    SystemFigures,
    TemperatureFigures,
)
from slap_node.collect.folders import folder_size
from slap_node.collect.process_table import Measuring, process_figures

_CPU_INTERVAL = 0.1
_CPU_INFO = Path("/proc/cpuinfo")


class LocalGauges:
    """`Gauges` of the machine this runs on.

    Args:
        instance_root: where partitions are.
        prefix: what the names of their directories begin with.
        now: tells the time.
    """

    def __init__(self, instance_root: PurePosixPath, prefix: str, now: Callable[[], datetime]) -> None:
        self._root = Path(instance_root)
        self._prefix = prefix
        self._now = now

    def owners(self) -> tuple[Owner, ...]:
        """Return the partitions of this machine and who runs their processes."""
        try:
            found = [(entry.name, entry.stat().st_uid) for entry in self._partitions()]
        except OSError as error:
            raise HostFailure(f"cannot list {self._root}: {error.strerror}") from error
        uids = [uid for _, uid in found]
        return tuple(self._owner(name, uid, alone=uids.count(uid) == 1) for name, uid in sorted(found))

    def _partitions(self) -> Iterator[Path]:
        for entry in self._root.iterdir():
            number = entry.name.removeprefix(self._prefix)
            if entry.name.startswith(self._prefix) and number.isdecimal() and entry.is_dir():
                yield entry

    def _owner(self, name: str, uid: int, *, alone: bool) -> Owner:
        path = self._root / name
        data = path / "DATA"
        links = sorted(data.iterdir()) if data.is_dir() else []
        folders = [path, *(link.resolve() for link in links if link.is_symlink() and link.is_dir())]
        return Owner(
            name=_user_name(uid) if alone else name,
            partition=name,
            uid=uid,
            path=PurePosixPath(path),
            folders=tuple(map(PurePosixPath, folders)),
        )

    def measure(self, owners: tuple[Owner, ...], cpu_times: Mapping[str, tuple[datetime, float]]) -> Snapshot:
        """Measure everything but disk usage of partitions."""
        try:
            total = psutil.virtual_memory().total
            moment, disks = self._now(), tuple(_disks())
            measuring = Measuring(owners=owners, cpu_times=cpu_times, moment=moment, memory_size=total)
            return Snapshot(
                moment=moment,
                computer=_computer(total, disks),
                system=_system(),
                disks=disks,
                processes=tuple(process_figures(measuring)),
                temperatures=tuple(_temperatures()),
            )
        except (psutil.Error, OSError, RuntimeError) as error:
            raise HostFailure(f"the figures of this computer cannot be had: {error}") from error

    def disk_usage(self, owner: Owner) -> int:
        """Return the KiB that the folders of a partition take."""
        try:
            return sum(folder_size(Path(folder)) for folder in owner.folders) // 1024
        except OSError as error:
            raise HostFailure(
                f"the disk usage of {owner.partition} cannot be measured: {error.strerror}"
            ) from error


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _computer(memory_size: int, disks: tuple[DiskFigures, ...]) -> ComputerFigures:
    frequency = psutil.cpu_freq()
    return ComputerFigures(
        cores=psutil.cpu_count() or 1,
        frequency=frequency.current if frequency else 0.0,
        cpu_type=_cpu_type(),
        memory_size=memory_size,
        memory_type="",
        disks=tuple((disk.device, disk.size) for disk in disks),
    )


def _cpu_type() -> str:
    try:
        lines = _CPU_INFO.read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _system() -> SystemFigures:
    memory = psutil.virtual_memory()
    # By interface and then added up: a machine may have none.
    network = psutil.net_io_counters(pernic=True).values()
    return SystemFigures(
        load=os.getloadavg()[0],
        cpu_percent=psutil.cpu_percent(_CPU_INTERVAL),
        memory_used=memory.used,
        memory_free=memory.free,
        net_in_bytes=sum(item.bytes_recv for item in network),
        net_in_errors=sum(item.errin for item in network),
        net_in_dropped=sum(item.dropin for item in network),
        net_out_bytes=sum(item.bytes_sent for item in network),
        net_out_errors=sum(item.errout for item in network),
        net_out_dropped=sum(item.dropout for item in network),
    )


def _disks() -> Iterator[DiskFigures]:
    for device, mountpoint in _devices():
        try:
            usage = psutil.disk_usage(mountpoint)
        except OSError:  # a mount whose server is gone keeps nobody from knowing the rest
            continue
        yield DiskFigures(
            device=device, used=usage.used, free=usage.free, size=usage.total, mountpoint=mountpoint
        )


def _devices() -> tuple[tuple[str, str], ...]:
    """Return every device once, with the shortest path where it is mounted: it may be mounted in many."""
    places: dict[str, str] = {}
    for disk in psutil.disk_partitions():
        known = places.setdefault(disk.device, disk.mountpoint)
        places[disk.device] = min(known, disk.mountpoint, key=len)
    return tuple(places.items())


def _temperatures() -> Iterator[TemperatureFigures]:
    for name, sensors in psutil.sensors_temperatures().items():
        for number, sensor in enumerate(sensors):
            limit = sensor.critical or sensor.high
            yield TemperatureFigures(
                sensor=sensor.label or f"{name}-{number}",
                temperature=sensor.current,
                alarm=bool(limit and sensor.current >= limit),
            )
