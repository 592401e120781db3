"""`slapos node instance`, from the first deployment to the wiping by `slapos node report`."""

import json
import os
import subprocess

import pytest


def test_an_instance_is_deployed_and_then_unchanged(served, slapos):
    served.add_service("web", "#!/bin/sh\nexec sleep 1000\n")
    ran = slapos("node", "instance")
    assert ran.status == 0, ran.err
    assert ran.err.endswith("partitions: 1 started, 1 free\n")
    status = served.run("node", "status")
    assert status.returncode == 0
    assert "slappart0:web-on-watch" in status.stdout
    assert "RUNNING" in status.stdout
    assert slapos("node", "instance").err == "partitions: 1 unchanged, 1 free\n"
    assert "1 started" in slapos("node", "instance", "--all").err
    assert "unchanged" in slapos("node", "instance", "--only-cp", "slappart0").err
    assert slapos("complete", "--values", "processes").out.splitlines()[0] == "slappart0:web-on-watch"


def test_a_partition_that_fails_shows_why(served, slapos):
    (directory,) = (served.directory / "soft").iterdir()
    (directory / "instance.cfg").write_text("[buildout]\nparts = broken\n")
    ran = slapos("node", "instance", "-q")
    assert ran.status == 1
    assert "error: slappart0 (one): " in ran.err
    assert "hint: " in ran.err


def test_without_the_master_what_is_there_is_started(served, slapos):
    slapos("node", "instance")
    ran = slapos("node", "instance", "--master-url", "http://127.0.0.1:9/")
    assert ran.status == 3
    assert "warning: the master is away: all known services were started" in ran.err


def test_another_computer_is_not_known(served, slapos):
    ran = slapos("node", "instance", "--computer-id", "COMP-9")
    assert ran.status == 1
    assert "COMP-9" in ran.err


def test_an_instance_is_processed_again_after_its_periodicity(served, slapos):
    slapos("node", "instance")
    assert "unchanged" in slapos("node", "instance", "--maximum-periodicity", "1000").err
    assert "1 started" in slapos("node", "instance", "--maximum-periodicity", "0").err


def test_a_deployment_may_take_so_long_and_no_longer(served, slapos):
    (directory,) = (served.directory / "soft").iterdir()
    pipe = served.directory / "pipe"
    os.mkfifo(pipe)  # nobody writes: whoever reads it waits for ever
    (directory / "instance.cfg").write_text(f"[buildout]\nextends = {pipe}\nparts =\n")
    ran = slapos("node", "instance", "--partition-timeout", "2")
    assert ran.status == 1
    assert "error: slappart0 (one): " in ran.err
    assert "2 s" in ran.err


def test_partitions_may_be_chosen_one_by_one(served, slapos):
    ran = slapos("node", "instance", "--only-cp", "slappart0", "--only-cp", "slappart7,slappart8")
    assert ran.status == 1
    assert "slappart7" in ran.err


@pytest.mark.parametrize("nothing", ["", ",", " "])
def test_an_empty_choice_does_not_mean_everything(served, slapos, nothing):
    ran = slapos("node", "instance", "--only-cp", nothing)
    assert ran.status == 5
    assert "it names none" in ran.err


def test_a_request_may_wait_until_the_instance_is_ready(served, slapos):
    waiting = served.start(
        *("request", "one", str(served.release), "--wait"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for line in waiting.stderr:
        if "being deployed" in line:
            break
    assert slapos("node", "instance").status == 0
    out, error = waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert error.endswith("one: ready\n")
    assert json.loads(out)["state"] == "started"


def test_a_destroyed_instance_is_wiped_by_report(served, slapos):
    slapos("node", "instance")
    slapos("request", "one", str(served.release), "--state", "destroyed")
    assert "1 destroyed" in slapos("node", "instance").err
    ran = slapos("node", "report")
    assert ran.status == 0, ran.err
    assert "partitions: 1 wiped" in ran.err
    assert "1 free" not in ran.err
    assert not (served.partition / "buildout.cfg").exists()
    assert "2 free" in slapos("node", "instance").err
    slapos("remove", str(served.release), "COMP-1")
    assert "1 removed" in slapos("node", "software").err


def test_consumption_is_collected(node, slapos):
    slapos("node", "format")
    ran = slapos("node", "collect")
    assert ran.status == 0, ran.err
    assert (node.directory / "inst" / "var" / "data-log" / "collector.db").exists()


def test_all_that_keeps_a_pass_from_its_beginning_is_told(served, slapos):
    text = served.configuration.read_text()
    forbidding = text.replace("[slapos]\n", "[slapos]\nforbid_supervisord_automatic_launch = true\n")
    served.configuration.write_text(forbidding)
    ran = slapos("node", "instance", "--only-cp", "slappart9")
    assert ran.status == 1
    assert "this computer has no partition slappart9" in ran.err
    assert "besides: supervisord does not run" in ran.err
    assert "hint: start it with `slapos node supervisord`" in ran.err
