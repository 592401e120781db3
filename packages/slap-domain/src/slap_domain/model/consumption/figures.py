"""What a computer and its partitions use, as it is measured and averaged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who uses what is measured: a partition.

    Attributes:
        name: the partition's user, or the partition where several share one user.
        partition: its id.
        folders: its directory, and those that its `DATA` links lead to.
    """

    name: str
    partition: str
    uid: int
    path: PurePosixPath
    folders: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """One process of a partition.

    Attributes:
        process: `<pid>-<time of its start>`: a pid alone comes again.
        cpu_percent: of one core, since it was last measured or else since it started.
        cpu_time: seconds since it started.
        memory_rss: bytes.
        io_bytes, io_calls: read and written since it started.
        started: seconds since the epoch.
        program: its name as the kernel has it.
        command: the words that it was started with.
    """

    owner: str
    pid: int
    process: str
    cpu_percent: float
    cpu_time: float
    threads: int
    memory_percent: float
    memory_rss: int
    io_bytes: int
    io_calls: int
    started: float = 0.0
    program: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerFigures:
    """What the computer is; sizes in bytes, frequency in MHz."""

    cores: int
    frequency: float
    cpu_type: str
    memory_size: int
    memory_type: str
    disks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFigures:
    """What the computer as a whole does; memory in bytes, network counted since boot."""

    load: float
    cpu_percent: float
    memory_used: int
    memory_free: int
    net_in_bytes: int = 0
    net_in_errors: int = 0
    net_in_dropped: int = 0
    net_out_bytes: int = 0
    net_out_errors: int = 0
    net_out_dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFigures:
    """A mounted disk, in bytes."""

    device: str
    used: int
    free: int
    mountpoint: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureFigures:
    """A temperature in degrees Celsius; `alarm`: the sensor says that it is too high."""

    sensor: str
    temperature: float
    alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is measured at one moment."""

    moment: datetime
    computer: ComputerFigures
    system: SystemFigures
    disks: tuple[DiskFigures, ...] = ()
    processes: tuple[ProcessFigures, ...] = ()
    temperatures: tuple[TemperatureFigures, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFigures:
    """What one partition uses at a moment; `disk_kib` is what its folders took when last measured."""

    moment: datetime
    processes: tuple[ProcessFigures, ...] = ()
    disk_kib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerAverages:
    """What a partition used on average on a day; memory and disk in MiB."""

    cpu_percent: float
    memory_mib: float
    disk_mib: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAverages:
    """What was used on a day.

    Attributes:
        cpu_percent, memory_used: of the computer, memory in bytes; None when nothing was measured.
        owners: by name.
    """

    day: date
    cpu_percent: float | None = None
    memory_used: float | None = None
    owners: Mapping[str, OwnerAverages] = field(default_factory=lambda: MappingProxyType({}))
