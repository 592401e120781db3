"""Manager `cpuset`: CPUs that processes of trusted partitions have to themselves (cgroup version 1)."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_domain.planning.node.partition_wishes import plan_exclusive_cpus, requested_pids
from slap_domain.ports.node_hooks import HookedPartition
from slap_node import guarded_files
from slap_node.managers.plugin import Manager

WISHES = ".slapos-cpu-exclusive"
_DEFAULT_ROOT = "/sys/fs/cgroup/cpuset"
_CPU = re.compile(r"cpu\d+\Z")


class ExclusiveCpus(Manager):
    """Makes a cpuset for each CPU, and gives empty ones to the processes that partitions name."""

    def format_begins(self) -> None:
        """Make the cpusets."""
        self._make_cpusets()

    def instance_begins(self, partition: HookedPartition) -> None:
        """Give each process that the partition named, if its user is trusted, a CPU of its own."""
        place = partition.place
        if not self._is_trusted(place):
            return
        text = guarded_files.read_text(place.path, WISHES)
        if text is None:
            return
        self._make_cpusets()
        pids = [pid for pid in requested_pids(text) if _owner_of_process(pid) == _uid(place)]
        for cpu, pid in plan_exclusive_cpus(pids, self._tasks()).items():
            _write(self._root / cpu / "tasks", str(pid))

    @property
    def _root(self) -> Path:
        return Path(self.context.option("cpusetpath", _DEFAULT_ROOT))

    def _is_trusted(self, place: PartitionPlace) -> bool:
        return place.account is not None and place.account.name in re.split(
            r"[\s,]+", self.context.option("power_user_list")
        )

    def _make_cpusets(self) -> None:
        for cpu in _cpu_list(_read(self._root / "cpuset.cpus")):
            folder = self._root / f"cpu{cpu}"
            try:
                folder.mkdir(exist_ok=True)
            except OSError as error:
                raise HostFailure(f"cannot make the cpuset {folder}: {error.strerror}") from error
            wanted = {
                "cpuset.cpus": str(cpu),
                "cpuset.mems": _read(self._root / "cpuset.mems"),
                "cpuset.cpu_exclusive": "1",
            }
            for name, value in wanted.items():
                if _read(folder / name) != value:
                    _write(folder / name, value)

    def _tasks(self) -> Mapping[str, list[int]]:
        cpus = sorted((path for path in self._root.iterdir() if _CPU.match(path.name)), key=_cpu_number)
        return {path.name: [int(word) for word in _read(path / "tasks").split()] for path in cpus}


def _cpu_number(path: Path) -> int:
    return int(path.name.removeprefix("cpu"))


def _cpu_list(text: str) -> list[int]:
    """Return the numbers in a list such as `0-3,8`."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.strip():
            numbers += range(int(first), int(last or first) + 1)
    return numbers


def _uid(place: PartitionPlace) -> int:
    return os.geteuid() if place.account is None else place.account.uid


def _owner_of_process(pid: int) -> int | None:
    """Return the user of a process, so that nobody moves another's; None when it has ended."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise HostFailure(
            f"cannot read {path}: {error.strerror}",
            hint="manager cpuset needs the cpuset hierarchy of cgroup version 1",
        ) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except ProcessLookupError:  # it has ended meanwhile
        return
    except OSError as error:
        raise HostFailure(f"cannot write {text!r} to {path}: {error.strerror}") from error
