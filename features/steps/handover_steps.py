"""Steps about a machine that two nodes run in turn."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from features.worlds.command_line import SLAPOS, eventually
from features.worlds.shared_machine import COMPUTER, SharedMachine
from pytest_bdd import given, then, when

BUILDER = '''#!/usr/bin/python3
"""Leaves in the partition what the buildout of a release would."""
import pathlib

for name, text in {"etc/service/sleeper": "exec sleep 100000", "etc/promise/always": "echo fine"}.items():
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(f"#!/bin/sh\\n{text}\\n")
        path.chmod(0o755)
with pathlib.Path(".builds").open("a") as log:
    log.write("built\\n")
'''


@pytest.fixture
def taken_over() -> Iterator[SharedMachine]:
    # Users of partitions must get in, and supervisor's socket needs a short path.
    machine = SharedMachine(Path(tempfile.mkdtemp(prefix="handover-")))
    machine.folder.chmod(0o755)
    try:
        yield machine
    finally:
        machine.end()
        shutil.rmtree(machine.folder)


@given("a master, and a computer formatted for it")
def _(taken_over):
    taken_over.configure()
    taken_over.slapos(SLAPOS, "node", "format", "--now")


@given("a release that is built already, with a service and a promise")
def _(taken_over):
    builder = taken_over.release_folder / "bin" / "buildout"
    builder.parent.mkdir(parents=True)
    builder.write_text(BUILDER)
    builder.chmod(0o755)
    for name in ("buildout.cfg", "instance.cfg"):
        (taken_over.release_folder / name).write_text("[buildout]\nparts =\n")
    (taken_over.release_folder / ".completed").write_text(time.asctime())
    Path(taken_over.release).write_text("[buildout]\nparts =\n")
    taken_over.slapos(SLAPOS, "supply", taken_over.release, COMPUTER)
    taken_over.own()


@given("an instance of it is requested")
def _(taken_over):
    taken_over.slapos(SLAPOS, "request", "one", taken_over.release)


@given("the instance wants a port of the machine to lead to it")
def _(taken_over):
    if shutil.which("socat") is None:
        pytest.skip("socat, which redirects ports, is not installed here")
    taken_over.redirect(taken_over.release_folder / "bin" / "buildout")


@given("the existing node has deployed the instance")
def _(taken_over, existing_implementation):
    _run_existing_node(taken_over, existing_implementation)
    taken_over.seen = taken_over.look()


@given("our node has deployed the instance")
def _(taken_over):
    _run_our_node(taken_over)
    taken_over.seen = taken_over.look()


@when("our node runs over the same directories")
def _run_our_node(taken_over):
    taken_over.slapos(SLAPOS, "node", "software")
    taken_over.slapos(SLAPOS, "node", "instance", "--now")


@when("the existing node runs over the same directories")
def _run_existing_node(taken_over, existing_implementation):
    existing_implementation.require_node()
    taken_over.slapos(existing_implementation.slapos, "node", "software")
    taken_over.slapos(existing_implementation.slapos, "node", "instance", "--now")


@when("the instance is requested to stop")
def _(taken_over):
    taken_over.slapos(SLAPOS, "request", "one", taken_over.release, "--state", "stopped")


@when("the instance is requested to be destroyed")
def _(taken_over):
    taken_over.slapos(SLAPOS, "request", "one", taken_over.release, "--state", "destroyed")


@when("our node reports")
def _(taken_over):
    taken_over.slapos(SLAPOS, "node", "report")


@then("the service has kept its process")
@then("the service and the redirect have kept their processes")
def _(taken_over):
    assert taken_over.look()[0] == taken_over.seen[0]


@then("neither the release nor the partition was built again")
def _(taken_over):
    assert taken_over.look()[1:] == taken_over.seen[1:]


@then("no process of the partition is left")
def _(taken_over):
    eventually(lambda: not taken_over.sleepers())


@then("the partition is free and its directory holds only what format wrote")
def _(taken_over):
    assert [path.name for path in taken_over.partition.iterdir()] == [".slapos-resource"]
