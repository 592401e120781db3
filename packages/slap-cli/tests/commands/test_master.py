"""Running the embedded master, and looking at what it knows."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

SLAPOS = [sys.executable, "-c", "import sys; from slap_cli.main import main; sys.exit(main())"]


class Running:
    """A `slapos proxy start` in a process of its own, as it says where it answers."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [*SLAPOS, "proxy", "start", "--port", "0", *options], stderr=subprocess.PIPE, text=True
        )
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if "The master answers at " in line:
                self.url = line.split("answers at ")[1].split()[0]
                return
        raise AssertionError(self.said)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=30)
        return self.process.returncode, self.said + rest


@pytest.fixture
def start():
    started = []

    def begin(*options):
        started.append(Running(*options))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_configuration_it_says_where_everything_is(slapos, tmp_path, start, number):
    running = start()
    assert running.url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(running.url + "getHateoasUrl", timeout=10) as answer:
        assert answer.status == 200
    status, said = running.stop(number)
    assert status == 0
    assert f"keeps its records in {tmp_path}/state/slapos/proxy.sqlite" in said
    assert said.endswith("The master stopped\n")


def test_options_win_over_the_configuration(slapos, tmp_path, start):
    configuration, database = tmp_path / "proxy.cfg", tmp_path / "mine.sqlite"
    configuration.write_text(f"[slapproxy]\nhost = 127.0.0.2\nport = 1\ndatabase_uri = {tmp_path}/theirs\n")
    running = start("--cfg", str(configuration), "--host", "127.0.0.3", "-u", str(database))
    assert running.url.startswith("http://127.0.0.3:")
    running.stop()
    assert database.exists()


def test_the_configuration_is_read(slapos, tmp_path, start):
    configuration = tmp_path / "proxy.cfg"
    configuration.write_text(
        f"[slapproxy]\nhost = 127.0.0.2\ndatabase_uri = {tmp_path}/theirs\ncolour = red\n"
    )
    running = start("--cfg", str(configuration))
    assert running.url.startswith("http://127.0.0.2:")
    assert "warning: " in running.said
    assert "colour" in running.said
    running.stop()


def test_a_port_that_is_taken_is_named(slapos, start, tmp_path):
    running = start()
    port = running.url.rstrip("/").rpartition(":")[2]
    ran = slapos("proxy", "start", "--port", port, "-u", str(tmp_path / "second.sqlite"))
    assert ran.status == 1
    assert f"error: cannot listen on 127.0.0.1 port {port}: Address already in use" in ran.err


def test_the_database_of_a_proxy_that_still_answers_is_not_taken_from_it(slapos, tmp_path, start):
    running = start()
    port = running.url.rstrip("/").rpartition(":")[2]
    ran = slapos("proxy", "start", "--port", port, "-u", str(tmp_path / "second.sqlite"))
    assert ran.status == 1
    assert not (tmp_path / "second.sqlite").exists()


def test_without_a_database_there_is_nothing_to_show(slapos, tmp_path):
    ran = slapos("proxy", "show", "-u", str(tmp_path / "none"))
    assert ran.status == 1
    assert f"error: there is no database {tmp_path}/none" in ran.err


@pytest.fixture
def known(slapos, tmp_path, start, monkeypatch):
    """Give a database in which a computer has two instances, one of them stopped."""
    database, release = str(tmp_path / "db"), tmp_path / "software.cfg"
    release.touch()
    running = start("-u", database)
    client, node = tmp_path / "client.cfg", tmp_path / "slapos.cfg"
    client.write_text(f"[slapos]\nmaster_url = {running.url}\n")
    node.write_text(
        f"[slapos]\ncomputer_id = COMP-1\nmaster_url = {running.url}\nroot_check = false\n"
        f"software_root = {tmp_path}/soft\ninstance_root = {tmp_path}/inst\n"
        "[slapformat]\npartition_amount = 3\nalter_user = false\nalter_network = false\ncreate_tap = false\n"
        "partition_has_ipv6_range = false\nshared_addresses = 127.0.0.1 ::1\n"
    )
    monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(client))
    for words in (
        ("node", "format", "--cfg", str(node)),
        ("supply", str(release), "COMP-1"),
        ("request", "one", str(release), "--node", "computer_guid=COMP-1", "--parameters", "a=1"),
        *(("request", "two", str(release), "--node", "computer_guid=COMP-1", "--state", "stopped"),),
        *(("request", "shared", str(release), "--slave", "--node", "computer_guid=COMP-1"),),
    ):
        ran = slapos(*words)
        assert ran.status == 0, ran.err
    running.stop()
    return database


def test_everything_is_shown_as_tables(slapos, known):
    ran = slapos("proxy", "show", "-u", known, "--format", "table")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert "computers: 1" in lines
    assert "partitions: 3" in lines
    assert "instances: 2" in lines
    assert "slaves: 1" in lines
    assert "    a = 1" not in lines
    assert "    parameters a = 1" in lines or "    parameter a = 1" in lines
    assert any("127.0.0.1" in line for line in lines)


def test_what_is_shown_may_be_narrowed(slapos, known):
    def titles(*options):
        ran = slapos("proxy", "show", "-u", known, "--partitions", "--format", "json", *options)
        return [row["title"] for row in json.loads(ran.out)["instances"]]

    assert titles() == ["one", "two"]
    assert titles("--state", "stopped") == ["two"]
    assert titles("--tree", "one") == ["one"]
    assert titles("--computer", "COMP-1") == ["one", "two"]


@pytest.mark.parametrize(
    ("option", "status", "said"),
    [
        (("--computer", "COMP-9"), 2, "computer 'COMP-9' is not known\nhint: there is COMP-1\n"),
        (("--tree", "three"), 2, "there is no service called 'three'\nhint: there is one, shared, two\n"),
        (("--state", "sleepy"), 5, "there is no state 'sleepy'\nhint: one of started, stopped, destroyed"),
    ],
)
def test_what_is_not_there_is_said_not_to_be(slapos, known, option, status, said):
    ran = slapos("proxy", "show", "-u", known, *option)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


def test_tokens_are_one_line_each(slapos, known):
    for kind in ("user", "computer"):
        ran = slapos("proxy", "token", kind, "--owner", "me", "-u", known)
        assert ran.status == 0
        assert len(ran.out.split()) == 1
    assert slapos("proxy", "token", "robot", "-u", known).status == 5


def test_without_certificates_there_are_none_to_show(slapos, known):
    assert slapos("proxy", "certificates", "-u", known, "--format", "table").out == "no certificates\n"
    assert slapos("proxy", "certificates", "-u", known, "--format", "json").out == "[]\n"
    ran = slapos("proxy", "certificates", "-u", known, "--revoke", "1234")
    assert ran.status == 1
    assert "no certificate has the serial number 1234" in ran.err
