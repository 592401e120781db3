"""A node that is killed or raced leaves nothing half-done that the next pass would believe."""

import contextlib
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import psutil
import pytest

from slap_domain.errors import AlreadyRunning, HostFailure, NotFound
from slap_domain.model.computer import AssignedInstance, AssignedPartition, ComputerAssignment
from slap_domain.model.instance import InstanceEvent, InstanceState
from slap_domain.model.references import (
    ComputerGuid,
    InstanceGuid,
    InstanceTitle,
    PartitionId,
    SoftwareType,
    Timestamp,
)
from slap_domain.model.software_release import SoftwareEvent, SuppliedRelease
from slap_domain.ports.master_for_nodes import PartitionCertificate
from slap_domain.testing.process_supervisor import FakeProcessSupervisor
from slap_domain.testing.progress_listener import RecordingProgress
from slap_domain.testing.promise_checker import FakePromiseChecker
from slap_domain.use_cases.node.deploy_instances import PartitionResult
from slap_node.assembly import NodeParts, instances_of, software_of
from slap_node.buildout.release_builder import BuildoutReleaseBuilder
from slap_node.run_lock import run_lock

WRITES = """
[buildout]
parts = a
[a]
recipe = demo_recipes:write
text = a
path = ${buildout:directory}/etc/a
"""


class SteadyMaster:
    """A master that always wants the same, and remembers what it was told."""

    def __init__(self, releases=(), partitions=()) -> None:
        self.assigned = ComputerAssignment(
            guid=ComputerGuid("COMP-1"), releases=tuple(releases), partitions=tuple(partitions)
        )
        self.software: list[tuple[str, SoftwareEvent]] = []
        self.instances: list[tuple[str, InstanceEvent]] = []

    def assignment(self, computer):
        return self.assigned

    def report_software(self, computer, release, event, log=""):
        self.software.append((release, event))

    def report_instance(self, computer, partition, event, log=""):
        self.instances.append((partition, event))

    def report_children(self, computer, partition, titles):
        """Take note of nothing."""

    def partition_certificate(self, computer, partition):
        return PartitionCertificate(certificate="", key="")

    def tree_addresses(self, computer, partition):
        return ()


def instance(release: str, number: int = 0, timestamp: str = "1") -> AssignedInstance:
    return AssignedInstance(
        guid=InstanceGuid(str(number)),
        title=InstanceTitle(f"web{number}"),
        root_title=InstanceTitle(f"web{number}"),
        release=release,
        type=SoftwareType("default"),
        state=InstanceState.STARTED,
        timestamp=Timestamp(timestamp),
    )


def deploy(site, master):
    parts = NodeParts(settings=site.settings, master=master, progress=RecordingProgress())
    with instances_of(parts, master, FakeProcessSupervisor(), FakePromiseChecker()) as use_case:
        return use_case.run()


def build(site, master):
    return software_of(NodeParts(settings=site.settings, master=master, progress=RecordingProgress())).run()


NODE = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path, PurePosixPath
from conftest import Site
from test_surviving import SteadyMaster, build
from slap_domain.model.software_release import SuppliedRelease
from slap_node.run_lock import run_lock

site = Site.__new__(Site)
site.root, site.software, site.is_root = Path({root!r}), Path({software!r}), {is_root!r}
site.configure()
print("ready", flush=True)
with run_lock(PurePosixPath({pidfile!r})):
    build(site, SteadyMaster(releases=[SuppliedRelease(url={release!r})]))
"""


@contextlib.contextmanager
def node(site, release: str) -> Iterator["subprocess.Popen[str]"]:
    """Build a release in a process of its own."""
    code = NODE.format(
        tests=str(Path(__file__).parent),
        root=str(site.root),
        software=str(site.software),
        is_root=site.is_root,
        release=release,
        pidfile=str(site.root / "node.pid"),
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def remains(site) -> list[str]:
    """Return the command lines of processes that work in the site's directories."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                words = " ".join(process.cmdline())
                if str(site.root) in words or process.cwd().startswith(str(site.root)):
                    found.append(words)
    return found


def wait_for_end_of_remains(site) -> None:
    deadline = time.monotonic() + 10
    while remains(site):
        assert time.monotonic() < deadline, remains(site)
        time.sleep(0.05)


def test_a_node_killed_at_any_moment_of_a_build_leaves_nothing_that_looks_built(site):
    release = site.profile(
        "slow.cfg",
        """
        parts = a slow b
        [a]
        recipe = demo_recipes:write
        text = a
        path = ${buildout:directory}/a
        [slow]
        recipe = demo_recipes:run
        code = time.sleep(0.2)
        [b]
        recipe = demo_recipes:write
        text = b
        path = ${buildout:directory}/b
        """,
    )
    directory = site.directory(release)
    moments = random.Random(4)
    for _ in range(5):
        with node(site, release) as process:
            time.sleep(moments.uniform(0, 2.5))
            process.kill()
        if (directory / ".completed").exists():
            assert (directory / "b").read_text() == "b\n"
            break
    with run_lock(PurePosixPath(site.root / "node.pid")):
        wait_for_end_of_remains(site)
        master = SteadyMaster(releases=[SuppliedRelease(url=release)])
        assert build(site, master).exit_status == 0
    assert (directory / "b").read_text() == "b\n"
    assert (directory / ".completed").exists()


def test_of_two_nodes_at_once_one_works_and_the_other_says_so(site):
    release = site.profile(
        "slow.cfg", "parts = slow\n[slow]\nrecipe = demo_recipes:run\ncode = time.sleep(1000)\n"
    )
    with node(site, release) as process:
        lock = PurePosixPath(site.root / "node.pid")
        deadline = time.monotonic() + 20
        while not Path(lock).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with pytest.raises(AlreadyRunning, match=str(process.pid)), run_lock(lock):
            pass
        process.kill()
    with run_lock(lock):
        pass
    wait_for_end_of_remains(site)


def test_a_partition_of_the_wrong_mode_fails_alone(built_site):
    site = built_site
    release = site.deployable(WRITES.replace("$", "$$"))
    places = [site.partition(f"slappart{number}") for number in range(3)]
    Path(places[1].path).chmod(0o755)
    partitions = [
        AssignedPartition(id=place.id, instance=instance(release, number))
        for number, place in enumerate(places)
    ]
    site.configure(jobs=3)
    outcome = deploy(site, SteadyMaster(partitions=partitions))
    assert [partition.result for partition in outcome.partitions] == [
        PartitionResult.STARTED,
        PartitionResult.FAILED,
        PartitionResult.STARTED,
    ]
    assert outcome.exit_status == 1


def test_an_interruption_stops_everything_quickly(built_site):
    site = built_site
    site.configure(jobs=2)
    profile = "[buildout]\nparts = hang\n[hang]\nrecipe = demo_recipes:run\ncode = time.sleep(1000)\n"
    release = site.deployable(profile)
    partitions = [
        AssignedPartition(id=site.partition(f"slappart{number}").id, instance=instance(release, number))
        for number in range(4)
    ]
    master = SteadyMaster(partitions=partitions)
    parts = NodeParts(settings=site.settings, master=master, progress=RecordingProgress())
    threading.Timer(2.0, parts.cancel.set).start()
    began = time.monotonic()
    with (
        pytest.raises(KeyboardInterrupt),
        instances_of(parts, master, FakeProcessSupervisor(), FakePromiseChecker()) as use_case,
    ):
        use_case.run()
    assert time.monotonic() - began < 20
    assert master.instances == []
    wait_for_end_of_remains(site)


def test_a_pass_that_cannot_begin_cancels_nothing_that_the_same_process_does_later(site):
    site.configure(jobs=2)
    settings = replace(site.settings, only_partitions=(PartitionId("slappart99"),))
    parts = NodeParts(settings=settings, master=SteadyMaster(), progress=RecordingProgress())
    with (
        pytest.raises(NotFound, match="slappart99"),
        instances_of(parts, SteadyMaster(), FakeProcessSupervisor(), FakePromiseChecker()) as use_case,
    ):
        use_case.run()
    assert not parts.cancel.is_set()


def test_a_release_directory_that_is_a_file_is_a_failure_of_the_host(site):
    release = site.release("web", textwrap.dedent("[buildout]\nparts =\n"))
    site.directory(release).write_text("")
    with pytest.raises(HostFailure):
        BuildoutReleaseBuilder(settings=site.settings).build(release, lambda line: None)
