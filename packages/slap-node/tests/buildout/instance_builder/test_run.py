"""A run of buildout in a partition: its output, its end, and what ends with it."""

import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from slap_domain.errors import Cancelled, DeploymentFailed
from slap_domain.ports.instance_builder import InstanceBuild
from slap_domain.testing.instance_builder import InstanceBuilderContract
from slap_node.buildout.instance_builder import BuildoutInstanceBuilder
from slap_node.buildout.warm_builders import WarmBuilders


class TestContract(InstanceBuilderContract):
    @pytest.fixture(autouse=True)
    def on(self, site, warm):
        self.site, self.warm = site, warm

    def make_builder(self) -> BuildoutInstanceBuilder:
        return BuildoutInstanceBuilder(settings=self.site.settings, warm=self.warm)

    def make_build(self, builder, *, fails: bool = False) -> InstanceBuild:
        hello = self.site.HELLO
        profile = hello.replace(":write", ":missing") if fails else hello
        return self.site.build_of(self.site.deployable(profile))


def test_a_failure_tells_the_line_that_matters(site, warm):
    profile = """
    [buildout]
    parts = bad
    [bad]
    recipe = demo_recipes:run
    code = raise ValueError("this is why")
    """
    with pytest.raises(DeploymentFailed) as failure:
        site.deploy(site.build_of(site.deployable(profile)), warm)
    assert failure.value.message == "the instance does not deploy: ValueError: this is why"
    assert "Traceback" in failure.value.log


def test_a_deployment_that_is_killed_tells_the_signal(site, warm):
    profile = """
    [buildout]
    parts = killed
    [killed]
    recipe = demo_recipes:run
    code = __import__("os").kill(__import__("os").getpid(), 9)
    """
    with pytest.raises(DeploymentFailed, match="does not deploy: it was killed by signal 9"):
        site.deploy(site.build_of(site.deployable(profile)), warm)


def test_a_hung_recipe_is_killed_with_all_it_started(site, warm):
    profile = """
    [buildout]
    parts = hang
    [hang]
    recipe = demo_recipes:run
    code = import subprocess; child = subprocess.Popen(["sleep", "1000"], start_new_session=True);\
      print("pids", os.getpid(), child.pid, flush=True); time.sleep(1000)
    """
    release = site.deployable(profile)
    site.configure(partition_timeout=4)
    lines: list[str] = []
    builder = BuildoutInstanceBuilder(settings=site.settings, warm=warm)

    with pytest.raises(DeploymentFailed, match="more than 4 seconds"):
        builder.build(site.build_of(release), lines.append)

    (pids,) = [line for line in site.lines_of(lines) if line.startswith("pids")]
    deadline = time.monotonic() + 5
    while any(_runs(int(pid)) for pid in pids.split()[1:]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    site.configure(partition_timeout=60)
    assert site.deploy(site.build_of(site.deployable(site.HELLO)), warm)


def test_a_cancelled_deployment_is_killed_and_no_failure(site, warm):
    profile = "[buildout]\nparts = hang\n[hang]\nrecipe = demo_recipes:run\ncode = time.sleep(1000)\n"
    release = site.deployable(profile)
    cancel = threading.Event()
    threading.Timer(2.0, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        site.deploy(site.build_of(release), warm, cancel=cancel)
    assert time.monotonic() - began < 30


def test_ten_megabytes_of_output_are_no_trouble(site, warm):
    profile = """
    [buildout]
    parts = loud
    [loud]
    recipe = demo_recipes:run
    code = [print("x" * 1000) for i in range(10_000)]; print("the end")
    """
    lines = site.deploy(site.build_of(site.deployable(profile)), warm)
    assert sum(len(line) for line in lines) >= 10_000_000
    assert "the end" in lines


def test_what_a_recipe_leaves_running_ends_with_its_deployment(site, warm):
    profile = """
    [buildout]
    parts = daemon
    [daemon]
    recipe = demo_recipes:run
    code = import subprocess as s; child = s.Popen(["/bin/sleep", "300"], start_new_session=True, env={});\
      print("daemon", child.pid)
    """
    lines = site.deploy(site.build_of(site.deployable(profile)), warm)
    (line,) = [line for line in lines if line.startswith("daemon")]
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


def test_partitions_are_deployed_at_once_without_mixing(site, warm):
    release = site.deployable(
        """
        [buildout]
        parts = hello
        [hello]
        recipe = demo_recipes:run
        code = [print("partition", os.path.basename(os.getcwd()), number) for number in range(50)]
        """,
    )
    places = [site.partition(f"slappart{index}") for index in range(6)]
    printed: dict[str, list[str]] = {place.id: [] for place in places}
    builder = BuildoutInstanceBuilder(settings=site.settings, warm=warm)
    threads = [
        threading.Thread(target=builder.build, args=(site.build_of(release, place), printed[place.id].append))
        for place in places
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place in places:
        numbered = [f"partition {place.id} {number}" for number in range(50)]
        assert [line for line in site.lines_of(printed[place.id]) if line.startswith("partition")] == numbered


def test_a_warm_process_that_died_is_done_without(site, warm_processes):
    release = site.deployable(site.HELLO)
    warm = WarmBuilders()
    try:
        site.deploy(site.build_of(release), warm)
        (process,) = warm_processes()
        process.kill()
        process.wait()
        assert site.deploy(site.build_of(release), warm)
        assert site.deploy(site.build_of(release), warm)
    finally:
        warm.close()


def test_a_warm_process_ends_with_its_node(site):
    release = site.deployable(site.HELLO)
    place = site.partition()
    code = f"""
import os, sys, threading, time
from pathlib import PurePosixPath
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.processes import Command
release = PurePosixPath({str(site.directory(release))!r})
script = str(release / "bin" / "buildout")
command = Command(argv=("python", script, "-U"), directory=PurePosixPath({str(place.path)!r}))
WarmBuilders().run(release, command, print, threading.Event())
import psutil
print("warm", *[child.pid for child in psutil.Process().children()], flush=True)
time.sleep(1000)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as node:
        warm = next(line for line in node.stdout if line.startswith("warm")).split()[1:]
        assert len(warm) == 1
        node.kill()
    deadline = time.monotonic() + 5
    while _runs(int(warm[0])):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
