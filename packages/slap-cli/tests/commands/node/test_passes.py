"""What the passes of a node have in common: their options, their lock, root, and how they are interrupted."""

import os
import signal
import subprocess
import sys
import time

import pytest


def test_roots_may_be_given(served, slapos):
    elsewhere = served.directory / "elsewhere"
    elsewhere.mkdir()
    assert slapos("node", "software", "--software-root", str(elsewhere)).status == 0
    assert [path.name for path in elsewhere.iterdir() if len(path.name) == 32]
    ran = slapos("node", "instance", "--instance-root", str(served.directory / "none"))
    assert ran.status == 1
    # What is not built there is not deployed.
    empty = served.directory / "empty"
    empty.mkdir()
    assert slapos("node", "instance", "--software-root", str(empty)).status == 1


def test_a_second_run_ends_with_10(served, slapos):
    pidfile = served.directory / "own.pid"
    script = (
        "import sys, time; from pathlib import PurePosixPath; from slap_node.run_lock import run_lock\n"
        f"with run_lock(PurePosixPath({str(pidfile)!r})):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        for command in ("software", "instance", "report", "promise"):
            ran = slapos("node", command, "--pidfile", str(pidfile))
            assert ran.status == 10
            assert f"error: process {holder.pid} holds {pidfile}" in ran.err
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()


def test_root_is_needed_unless_the_configuration_says_otherwise(node, slapos, monkeypatch):
    node.configuration.write_text(node.configuration.read_text().replace("root_check = false\n", ""))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for command in ("software", "instance", "report", "promise", "prune", "supervisord"):
        ran = slapos("node", command)
        assert ran.status == 5
        assert f"error: `slapos node {command}` needs root" in ran.err
        assert "root_check = false" in ran.err


def test_what_nothing_reads_is_told(node, slapos):
    node.configuration.write_text(
        node.configuration.read_text().replace("[slapformat]", "colour = red\n[slapformat]")
    )
    slapos("node", "format")
    assert "section [slapos]: nothing reads colour" in slapos("node", "software").err


@pytest.mark.parametrize("jobs", ["0", "x", "-1"])
def test_how_many_are_worked_on_at_once_is_at_least_one(node, slapos, jobs):
    ran = slapos("node", "instance", "--jobs", jobs)
    assert ran.status == 5
    assert f"argument --jobs: {jobs!r} is no whole number from 1 on" in ran.err


def test_ctrl_c_is_told_and_ends_what_was_started(served, slapos):
    pipe = served.directory / "pipe"
    os.mkfifo(pipe)
    slow = served.directory / "slow.cfg"
    slow.write_text(f"[buildout]\nextends = {pipe}\nparts =\n")
    slapos("supply", str(slow), "COMP-1")
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 130)):
        running = served.start("node", "software", stderr=subprocess.PIPE)
        for line in running.stderr:
            if line.startswith("building"):
                break
        time.sleep(1)
        running.send_signal(number)
        _, error = running.communicate(timeout=30)
        assert running.returncode == status
        assert "Traceback" not in error
        assert "warning: interrupted: what ran was ended" in error
