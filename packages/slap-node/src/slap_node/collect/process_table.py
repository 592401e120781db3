"""The processes of partitions, in one pass over the kernel's table: three small files are read for each.

psutil reads four, and costs more than twice as much, which is felt where hundreds are measured every minute.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from slap_domain.model.consumption.figures import Owner, ProcessFigures

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Where the kernel's `stat` has them, counted from what follows the name of the program (proc(5)).
_USER_TICKS, _SYSTEM_TICKS, _THREADS, _START_TICKS, _PAGES = 11, 12, 17, 19, 21
_IO = re.compile(rb"^(syscr|syscw|read_bytes|write_bytes): (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """One pass.

    Attributes:
        cpu_times: when each process was last measured, and the seconds that it had used by then.
        moment: now.
        memory_size: of the computer, in bytes.
    """

    owners: tuple[Owner, ...]
    cpu_times: Mapping[str, tuple[datetime, float]]
    moment: datetime
    memory_size: int


def process_figures(measuring: Measuring) -> Iterator[ProcessFigures]:
    """Yield the figures of each process that belongs to a partition; what ends meanwhile is left out."""
    by_uid: dict[int, list[Owner]] = {}
    for owner in measuring.owners:
        by_uid.setdefault(owner.uid, []).append(owner)
    booted = psutil.boot_time()
    for pid, uid in _pids():
        candidates = by_uid.get(uid)
        try:
            found = _owner(pid, candidates) if candidates else None
            if found is not None:
                yield _figures(pid, found, measuring, booted)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or hides itself


def _pids() -> Iterator[tuple[int, int]]:
    """Yield every process and the user it runs as, for one system call each."""
    with os.scandir(_PROC) as entries:
        for entry in entries:
            if entry.name.isdecimal():
                try:
                    yield int(entry.name), entry.stat().st_uid
                except FileNotFoundError:
                    continue


def _owner(pid: int, candidates: list[Owner]) -> Owner | None:
    """Tell whose a process is; by its working directory, where several partitions have one user."""
    if len(candidates) == 1:
        return candidates[0]
    directory = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - several hundred times
    return next((owner for owner in candidates if f"{directory}/".startswith(f"{owner.path}/")), None)


def _figures(pid: int, owner: Owner, measuring: Measuring, booted: float) -> ProcessFigures:
    # The name of the program comes first, in brackets, and may hold anything.
    head, _, tail = _read(f"/proc/{pid}/stat").rpartition(b")")
    fields = tail.split()
    used = (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS
    started = int(fields[_START_TICKS]) / _TICKS + booted
    memory = int(fields[_PAGES]) * _PAGE
    io = {key: int(value) for key, value in _IO.findall(_read(f"/proc/{pid}/io"))}
    name = f"{pid}-{started}"
    before, used_before = measuring.cpu_times.get(name, (None, 0.0))
    seconds = measuring.moment.timestamp() - (before.timestamp() if before else started)
    return ProcessFigures(
        owner=owner.name,
        pid=pid,
        process=name,
        cpu_percent=max(0.0, 100 * (used - used_before) / seconds) if seconds > 0 else 0.0,
        cpu_time=used,
        threads=int(fields[_THREADS]),
        memory_percent=100 * memory / measuring.memory_size,
        memory_rss=memory,
        io_bytes=io.get(b"read_bytes", 0) + io.get(b"write_bytes", 0),
        io_calls=io.get(b"syscr", 0) + io.get(b"syscw", 0),
        started=started,
        program=head.partition(b"(")[2].decode(errors="replace"),
        command=_words(_read(f"/proc/{pid}/cmdline")),
    )


def _words(line: bytes) -> tuple[str, ...]:
    return tuple(word.decode(errors="replace") for word in line.split(b"\0")[:-1])


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)
