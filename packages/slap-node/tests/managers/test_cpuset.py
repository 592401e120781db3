import contextlib
import os
import subprocess
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from slap_domain.errors import HostFailure
from slap_node.managers.cpuset import ExclusiveCpus, _cpu_list

REAL = Path("/sys/fs/cgroup/cpuset")


@pytest.fixture
def pretended(tmp_path):
    """Return a folder that looks like a cpuset hierarchy with three CPUs, whose cpusets exist."""
    root = tmp_path / "cpuset"
    for folder in (root, root / "cpu0", root / "cpu1", root / "cpu10"):
        folder.mkdir()
        for name in ("cpuset.cpus", "cpuset.mems", "cpuset.cpu_exclusive", "tasks"):
            (folder / name).write_text("")
    (root / "cpuset.cpus").write_text("0-1,10\n")
    (root / "cpuset.mems").write_text("0\n")
    return root


def _manager(context, root, users="other nobody"):
    return ExclusiveCpus(
        context("cpuset", section={"cpusetpath": str(root)}, options={"power_user_list": users})
    )


@pytest.fixture
def me(nobody):
    """Return an account with this process's own uid, which the value itself would not allow for root."""
    return nobody if os.geteuid() == 0 else replace(nobody, uid=os.geteuid(), gid=os.getegid())


@pytest.fixture
def sleeper(me):
    options = {"user": me.uid, "group": me.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "1000"], **options) as process:
        yield process.pid
        process.kill()


def test_formatting_makes_a_cpuset_for_each_cpu(context, pretended):
    _manager(context, pretended).format_begins()
    assert (pretended / "cpu10/cpuset.cpus").read_text() == "10"
    assert (pretended / "cpu10/cpuset.mems").read_text() == "0"
    assert (pretended / "cpu10/cpuset.cpu_exclusive").read_text() == "1"


def test_a_trusted_partition_gets_an_empty_cpu(context, pretended, partition, me, sleeper):
    (pretended / "cpu0/tasks").write_text("1\n2\n")
    hooked = partition({".slapos-cpu-exclusive": f"{sleeper} 1 99999999"}, account=me)
    _manager(context, pretended).instance_begins(hooked)
    assert (pretended / "cpu1/tasks").read_text() == str(sleeper)
    assert (pretended / "cpu10/tasks").read_text() == ""


def test_others_get_none(context, pretended, partition, me, sleeper):
    wish = {".slapos-cpu-exclusive": str(sleeper)}
    _manager(context, pretended, users="other").instance_begins(partition(wish, account=me))
    _manager(context, pretended).instance_begins(partition(wish, account=None))
    _manager(context, pretended).instance_begins(partition({}, name="slappart1", account=me))
    assert (pretended / "cpu1/tasks").read_text() == ""


def test_a_machine_without_the_hierarchy_is_told(context, tmp_path):
    with pytest.raises(HostFailure, match="cannot read") as raised:
        _manager(context, tmp_path / "none").format_begins()
    assert "cgroup version 1" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "numbers"), [("0", [0]), ("0-3", [0, 1, 2, 3]), ("0-1,8", [0, 1, 8]), ("", [])]
)
def test_cpu_lists_are_read(text, numbers):
    assert _cpu_list(text) == numbers


@pytest.fixture
def real(request):
    """Return a cpuset of our own below the real hierarchy; needs root and cgroup version 1."""
    root = REAL / f"test-{uuid.uuid4().hex}"
    try:
        root.mkdir()
    except OSError:
        pytest.skip("there is no cpuset hierarchy to write to")
    try:
        for name in ("cpuset.cpus", "cpuset.mems"):
            (root / name).write_text((REAL / name).read_text())
        (root / "cpuset.cpu_exclusive").write_text("1")
    except OSError:
        root.rmdir()
        pytest.skip("another cpuset has the CPUs of this machine")
    yield root
    for folder in [*root.glob("cpu*/"), root]:
        for _ in range(100):
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.05)


@pytest.mark.root
def test_a_real_process_is_moved(context, real, partition, nobody):
    with subprocess.Popen(["/bin/sleep", "1000"], user=65534, group=65534, extra_groups=[]) as process:
        wish = {".slapos-cpu-exclusive": str(process.pid)}
        manager = _manager(context, real)
        try:
            manager.instance_begins(partition(wish, account=nobody))
        except HostFailure as failure:
            process.kill()
            if "cpu_exclusive" in str(failure):
                pytest.skip("another cpuset has the CPUs of this machine")
            raise
        (task,) = [path for path in real.glob("cpu*/tasks") if path.read_text().split()]
        assert task.read_text().split() == [str(process.pid)]
        process.kill()
