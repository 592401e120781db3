"""The commands of a node, on a real master, a real supervisor and real builds, all as one user."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from slap_domain.model.references import ComputerGuid, software_url
from slap_domain.model.software_release import release_directory_name
from slap_proxy.server import running_master
from slap_proxy.settings import NetworkCache, default_settings

SLAPOS = [sys.executable, "-c", "import sys; from slap_cli.main import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A formatted node and the directory that holds everything of it."""

    directory: Path
    configuration: Path
    release: Path

    @property
    def partition(self) -> Path:
        return self.directory / "inst" / "slappart0"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own, as a person does."""
        return subprocess.run(
            [*SLAPOS, *words], capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
        )


@pytest.fixture
def node(tmp_path, slapos, monkeypatch):
    directory = tmp_path / "n"
    directory.mkdir()
    settings = default_settings({"XDG_STATE_HOME": str(tmp_path / "state")}).with_options(
        port=0, computer=ComputerGuid("COMP-1")
    )
    configuration, client = directory / "slapos.cfg", directory / "client.cfg"
    release = directory / "software.cfg"
    release.write_text("[buildout]\nparts =\n")
    with running_master(settings) as url:
        client.write_text(f"[slapos]\nmaster_url = {url}\n")
        configuration.write_text(
            f"[slapos]\ncomputer_id = COMP-1\nmaster_url = {url}\nroot_check = false\nsingle_user = true\n"
            f"software_root = {directory}/soft\ninstance_root = {directory}/inst\n"
            "instance_min_free_space = 1M\nsoftware_min_free_space = 1M\n"
            "[slapformat]\npartition_amount = 2\nalter_user = false\nalter_network = false\n"
            "create_tap = false\npartition_has_ipv6_range = false\nshared_addresses = 127.0.0.1 ::1\n"
        )
        monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(client))
        monkeypatch.setenv("SLAPOS_CONFIGURATION", str(configuration))
        made = Node(directory=directory, configuration=configuration, release=release)
        yield made
        # Whatever instance root a test named has a supervisor of its own.
        for pid_file in directory.glob("*/var/run/supervisord.pid"):
            end_supervisor(pid_file)


def end_supervisor(pid_file: Path) -> None:
    """End a supervisor, which may be ending already, and wait until its pid file is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + 20
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not pid_file.exists(), f"the supervisor of {pid_file} does not end"


@pytest.fixture
def served(node, slapos):
    """Give a node with one release built and one instance requested, whose profile makes nothing."""
    assert slapos("node", "format").status == 0
    assert slapos("supply", str(node.release), "COMP-1").status == 0
    assert slapos("node", "software").status == 0
    (directory,) = (node.directory / "soft").iterdir()
    (directory / "instance.cfg").write_text("[buildout]\nparts =\n")
    assert slapos("request", "one", str(node.release)).status == 0
    return node


def add_service(node, name, text):
    path = node.partition / "etc" / "service" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def add_promise(node, name, text):
    path = node.partition / "etc" / "promise" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_format_first_says_what_it_would_do(node, slapos):
    ran = slapos("node", "format", "--dry_run")
    assert ran.status == 0
    assert f"create directory {node.directory}/inst/slappart1 mode 0750" in ran.out
    assert not (node.directory / "inst").exists()


def test_format_writes_the_files_that_are_named(node, slapos):
    xml, document, definition = (node.directory / name for name in ("c.xml", "c.json", "c.def"))
    ran = slapos(
        *("node", "format", "--now", "-c", "-x", str(xml), "--computer_json", str(document)),
        *("-o", str(definition), "--alter_user", "false", "--alter_network", "false"),
    )
    assert ran.status == 0, ran.err
    assert json.loads(document.read_text())["reference"] == "COMP-1"
    assert xml.exists()
    assert definition.exists()
    again = slapos("node", "format", "-x", str(xml), "-i", str(definition))
    assert again.status == 0, again.err
    assert "nothing to change" in slapos("node", "format", "-x", str(xml), "-i", str(definition)).err


def test_format_without_the_master_ends_with_2(node, slapos):
    text = node.configuration.read_text()
    node.configuration.write_text(text.replace("http://127.0.0.1:", "http://127.0.0.1:9/"))
    ran = slapos("node", "format")
    assert ran.status == 2
    assert "warning: the master does not know it yet" in ran.err
    assert (node.directory / "inst" / "slappart0").is_dir()


def test_a_value_that_is_no_truth_names_its_key(node, slapos):
    ran = slapos("node", "format", "--alter_user", "maybe")
    assert ran.status == 1
    assert "alter_user = 'maybe' is neither true nor false" in ran.err


def test_software_is_built_once(served, slapos):
    again = slapos("node", "software")
    assert again.status == 0
    assert again.err == "releases: 1 unchanged\n"
    forced = slapos("node", "software", "--all")
    assert f"built {served.release}" in forced.err


def test_only_the_release_that_is_named_is_built(served, slapos):
    other = served.directory / "other.cfg"
    other.write_text("[buildout]\nparts =\n")
    slapos("supply", str(other), "COMP-1")
    ran = slapos("node", "software", "--only-sr", str(other))
    assert ran.status == 0
    assert f"built {other}" in ran.err
    assert str(served.release) not in ran.err
    assert "no release that is supplied" in slapos("node", "software", "--only", "0" * 32).err


def test_a_release_that_does_not_build_shows_why(node, slapos):
    slapos("node", "format")
    node.release.write_text("[buildout]\nparts = broken\n[broken]\nrecipe = no-such-recipe-anywhere\n")
    slapos("supply", str(node.release), "COMP-1")
    ran = slapos("node", "software", "-q")
    assert ran.status == 1
    assert f"error: {node.release} was not built: " in ran.err
    assert "no-such-recipe-anywhere" in ran.err


def test_leftover_releases_are_collected(served, slapos):
    stray = served.directory / "soft" / ("a" * 32)
    stray.mkdir()
    (stray / "buildout.cfg").touch()
    assert slapos("node", "software").status == 0
    assert stray.exists()
    ran = slapos("node", "software", "--garbage-collect")
    assert f"removed {'a' * 32}, which nothing needs" in ran.err
    assert not stray.exists()


def test_an_instance_is_deployed_and_then_unchanged(served, slapos):
    add_service(served, "web", "#!/bin/sh\nexec sleep 1000\n")
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


def test_processes_are_stopped_started_restarted_and_read(served, slapos):
    add_service(served, "web", "#!/bin/sh\necho hello from web\nexec sleep 1000\n")
    assert slapos("node", "instance").status == 0
    assert "slappart0:web-on-watch: stopped" in served.run("node", "stop", "slappart0:web-on-watch").stdout
    assert "STOPPED" in served.run("node", "status", "slappart0:").stdout
    assert "started" in served.run("node", "start", "slappart0:").stdout
    restarted = served.run("node", "restart", "slappart0:web-on-watch").stdout
    assert restarted.splitlines()[-1] == "slappart0:web-on-watch: started"
    assert "hello from web" in served.run("node", "tail", "slappart0:web-on-watch").stdout
    assert "slappart0" in served.run("node", "supervisorctl", "avail").stdout
    assert "slappart0:web-on-watch" in served.run("node").stdout


def test_services_may_be_kept_stopped(served, slapos):
    add_service(served, "web", "#!/bin/sh\nexec sleep 1000\n")
    assert slapos("node", "instance", "--force-stop").status == 0
    assert "slappart0" not in served.run("node", "status").stdout


def test_a_partition_that_fails_shows_why(served, slapos):
    (directory,) = (served.directory / "soft").iterdir()
    (directory / "instance.cfg").write_text("[buildout]\nparts = broken\n")
    ran = slapos("node", "instance", "-q")
    assert ran.status == 1
    assert "error: slappart0 (one): " in ran.err
    assert "hint: " in ran.err


def test_a_promise_that_fails_ends_with_2_and_is_shown(served, slapos):
    add_promise(served, "holds", "#!/bin/sh\necho fine\n")
    add_promise(served, "fails", "#!/bin/sh\necho the disk is full\nexit 1\n")
    ran = slapos("node", "instance")
    assert ran.status == 2
    assert "the disk is full" in ran.err
    ran = slapos("node", "promise")
    assert ran.status == 2
    assert [line.split()[:3] for line in ran.out.splitlines()[1:]] == [
        ["slappart0", "fails", "FAILED"],
        ["slappart0", "holds", "ok"],
    ]
    (served.partition / "etc" / "promise" / "fails").unlink()
    assert slapos("node", "promise", "--only-cp", "slappart0").status == 0


def test_promises_have_as_long_as_is_said(served, slapos):
    add_promise(served, "slow", "#!/bin/sh\nsleep 30\n")
    assert slapos("node", "instance", "--promise-timeout", "1").status == 2
    ran = slapos("node", "promise", "--promise-timeout", "1")
    assert ran.status == 2
    assert "timed out after 1" in ran.out


def test_promises_run_by_the_python_of_the_release_below_the_software_root(served, slapos):
    plugin = served.partition / "etc" / "plugin" / "asked.py"
    slapos("node", "instance")
    plugin.parent.mkdir(parents=True, exist_ok=True)
    plugin.write_text("nothing")
    elsewhere = served.directory / "elsewhere"
    buildout = elsewhere / release_directory_name(software_url(str(served.release))) / "bin" / "buildout"
    buildout.parent.mkdir(parents=True)
    buildout.write_text("#!/no/python\n")
    ran = slapos("node", "promise", "--software-root", str(elsewhere))
    assert ran.status == 2
    assert "/no/python" in ran.out + ran.err
    assert "/no/python" not in slapos("node", "promise").err


def test_without_the_master_what_is_there_is_started(served, slapos):
    slapos("node", "instance")
    ran = slapos("node", "instance", "--master-url", "http://127.0.0.1:9/")
    assert ran.status == 3
    assert "warning: the master is away: all known services were started" in ran.err


def test_another_computer_is_not_known(served, slapos):
    ran = slapos("node", "instance", "--computer-id", "COMP-9")
    assert ran.status == 1
    assert "COMP-9" in ran.err


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


def test_a_bang_asks_for_everything_again(served, slapos):
    slapos("node", "instance")
    assert "unchanged" in slapos("node", "instance").err
    ran = slapos("node", "bang", "-m", "why not")
    assert ran.status == 0
    assert ran.err == "every instance of COMP-1 will be processed again\n"
    assert "1 started" in slapos("node", "instance").err


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


def test_unused_shared_parts_are_deleted(node, slapos):
    shared = node.directory / "shared"
    used, unused = shared / "part" / ("a" * 32), shared / "part" / ("b" * 32)
    for path in (used, unused):
        path.mkdir(parents=True)
    release = node.directory / "extra" / "release"
    release.mkdir(parents=True)
    (release / ".installed.cfg").write_text(f"x = {used}\n")
    refused = slapos("node", "prune")
    assert refused.status == 255
    assert "shared_part_list is missing" in refused.err
    node.configuration.write_text(
        node.configuration.read_text().replace("[slapformat]", f"shared_part_list = {shared}\n[slapformat]")
    )
    extra = ("--additional-software-directory", str(release.parent))
    mistyped = slapos("node", "prune", "--additional-software-directory", f"{release.parent}x")
    assert mistyped.status == 1
    assert "there is no such directory" in mistyped.err
    assert unused.exists()
    dry = slapos("node", "prune", "--dry-run", *extra)
    assert (dry.status, dry.out, dry.err) == (0, f"{unused}\n", "shared parts: 1 would be deleted\n")
    assert unused.exists()
    assert slapos("node", "prune", *extra).err == "shared parts: 1 deleted\n"
    assert used.exists()
    assert not unused.exists()


def test_the_supervisor_is_launched(node, slapos):
    slapos("node", "format")
    assert slapos("node", "supervisord").status == 0
    assert (node.directory / "inst" / "sv.sock").exists()


def test_the_supervisor_may_stay_in_the_foreground(node, slapos):
    slapos("node", "format")
    daemon = subprocess.Popen([*SLAPOS, "node", "supervisord", "--nodaemon"], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        pid_file = node.directory / "inst/var/run/supervisord.pid"
        while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert daemon.poll() is None
        assert int(pid_file.read_text()) == daemon.pid
    finally:
        daemon.terminate()
        daemon.wait(30)


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


def test_a_delay_is_random_and_now_means_now(node, slapos):
    slapos("node", "format")
    start = time.monotonic()
    assert "waiting 1 seconds" in slapos("node", "software", "--maximal_delay", "1").err
    assert time.monotonic() - start >= 1
    assert "waiting" not in slapos("node", "software", "--maximal_delay", "100", "--now").err


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


def test_a_partition_that_is_not_there_cannot_be_chosen(served, slapos):
    ran = slapos("node", "instance", "--only-cp", "slappart7")
    assert ran.status == 1
    assert "slappart7" in ran.err


def test_partitions_may_be_chosen_one_by_one(served, slapos):
    ran = slapos("node", "instance", "--only-cp", "slappart0", "--only-cp", "slappart7,slappart8")
    assert ran.status == 1
    assert "slappart7" in ran.err


@pytest.mark.parametrize("nothing", ["", ",", " "])
def test_an_empty_choice_does_not_mean_everything(served, slapos, nothing):
    ran = slapos("node", "instance", "--only-cp", nothing)
    assert ran.status == 5
    assert "it names none" in ran.err


def test_a_missing_software_root_is_not_blamed_on_a_release(served, slapos):
    ran = slapos("node", "software", "--software-root", str(served.directory / "nowhere"))
    assert ran.status == 1
    assert "nowhere is no directory" in ran.err
    assert "hint: run `slapos node format`" in ran.err
    assert "building" not in ran.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--key_file", "/no/key"), "cert_file is missing"),
        (("--cert_file", "/no/certificate"), "key_file is missing"),
        (
            (
                "--key_file",
                "/no/key",
                "--cert_file",
                "/no/certificate",
                "--certificate_repository_path",
                "/no",
            ),
            "key_file = '/no/key' is no file",
        ),
        (
            ("--certificate_repository_path", "/no/where"),
            "certificate_repository_path = '/no/where' is no direc",
        ),
        (("--master_ca_file", "/no/ca"), "master_ca_file = '/no/ca' is no file"),
        (("--maximum-periodicity", "often"), "maximum_periodicity = 'often' is not a whole number"),
    ],
)
def test_what_the_command_line_says_is_checked_as_if_it_stood_in_the_file(node, slapos, options, complaint):
    for command in ("software", "instance", "report", "promise"):
        ran = slapos("node", command, *options)
        assert ran.status == 1
        assert complaint in ran.err
        assert str(node.configuration) in ran.err


def test_options_without_effect_are_accepted(served, slapos):
    ran = slapos(
        *("node", "software", "--supervisord-socket", "/no/socket", "--buildout", "/no/buildout"),
        *("--supervisord-configuration-path", "/no/configuration"),
    )
    assert ran.status == 0


def test_a_failing_build_opens_the_debugger_when_asked(node, slapos):
    slapos("node", "format")
    node.release.write_text("[buildout]\nparts = broken\n[broken]\nrecipe = no-such-recipe-anywhere\n")
    slapos("supply", str(node.release), "COMP-1")
    ran = slapos("node", "software", "--buildout-debug")
    assert ran.status == 1
    assert "Starting pdb" in ran.err


def test_uploads_are_signed_with_the_key_that_is_named(node, slapos, tmp_path):
    cache = NetworkCache(content=tmp_path / "content", metadata=tmp_path / "metadata")
    settings = default_settings({}).with_options(
        port=0, cache=cache, database_uri=str(tmp_path / "other.sqlite")
    )
    slapos("node", "format")
    slapos("supply", str(node.release), "COMP-1")
    with running_master(settings) as url:
        node.configuration.write_text(
            f"{node.configuration.read_text()}\n[networkcache]\n"
            f"upload-binary-cache-url = {url}/shacache/cache\nupload-binary-dir-url = {url}/shacache/dir\n"
        )
        ran = slapos("node", "software", "--signature_private_key_file", "/no/signature.key")
    assert "signature-private-key-file cannot be used" in ran.err
    assert "/no/signature.key" in ran.err


def test_a_computer_that_boots_is_formatted_and_has_everything_processed(served, slapos):
    slapos("node", "instance")
    ran = slapos("node", "boot", "-m", "ignored")
    assert ran.status == 0
    assert ran.err.endswith("COMP-1 is up; every instance will be processed again\n")
    assert not (served.partition / ".timestamp").exists()
    assert "1 started" in slapos("node", "instance").err


def test_how_many_are_worked_on_at_once_is_at_least_one(node, slapos):
    ran = slapos("node", "instance", "--jobs", "0")
    assert ran.status == 5
    assert "argument --jobs: 0 is less than 1" in ran.err


def test_ctrl_c_is_told_and_ends_what_was_started(served, slapos):
    pipe = served.directory / "pipe"
    os.mkfifo(pipe)
    slow = served.directory / "slow.cfg"
    slow.write_text(f"[buildout]\nextends = {pipe}\nparts =\n")
    slapos("supply", str(slow), "COMP-1")
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 130)):
        running = subprocess.Popen(
            [*SLAPOS, "node", "software"], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        for line in running.stderr:
            if line.startswith("building"):
                break
        time.sleep(1)
        running.send_signal(number)
        _, error = running.communicate(timeout=30)
        assert running.returncode == status
        assert "Traceback" not in error
        assert "warning: interrupted: what ran was ended" in error


def test_consumption_is_collected(node, slapos):
    slapos("node", "format")
    ran = slapos("node", "collect")
    assert ran.status == 0, ran.err
    assert (node.directory / "inst" / "var" / "data-log" / "collector.db").exists()


def test_a_request_may_wait_until_the_instance_is_ready(served, slapos):
    waiting = subprocess.Popen(
        [*SLAPOS, "request", "one", str(served.release), "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    for line in waiting.stderr:
        if "being deployed" in line:
            break
    assert slapos("node", "instance").status == 0
    out, error = waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert error.endswith("one: ready\n")
    assert json.loads(out)["state"] == "started"
