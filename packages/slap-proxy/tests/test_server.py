"""The running process: how it starts, what it says, how it ends."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from slap_domain.errors import HostFailure
from slap_proxy.listening import listener_place, listener_url, open_listener
from slap_proxy.server import running_master


@pytest.fixture
def command(tmp_path):
    started = []

    def start(*words):
        environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
        process = subprocess.Popen(
            [sys.executable, "-m", "slap_proxy", *words],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def answered_at(process):
    for line in process.stderr:
        if "answers at" in line:
            return line.split("answers at ")[1].split("/ ")[0], line
    raise AssertionError("the master ended without serving")


def wait_until_closed(host, port):
    """Wait until nobody listens there any more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    raise AssertionError("it still listens")


def test_without_configuration_it_serves_and_says_where(command, tmp_path):
    process = command("--port", "0")
    url, said = answered_at(process)
    assert url.startswith("http://127.0.0.1:")
    assert str(tmp_path / "state" / "slapos" / "proxy.sqlite") in said
    assert len(httpx.get(f"{url}/getRunId").text) == 32
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_requests_in_flight_are_answered_before_it_ends(command, tmp_path):
    (tmp_path / "proxy.cfg").write_text("[slapproxy]\nlog_file = master.log\n")
    process = command("--port", "0", "--cfg", "proxy.cfg")
    url, _ = answered_at(process)
    host, port = url.removeprefix("http://").split(":")
    body = b"computer_id=c&url=https://example.com/u&state=available"
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /supplySupply HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode() + body[:5])
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        process.send_signal(signal.SIGTERM)
        wait_until_closed(host, int(port))
        connection.sendall(body[5:])
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert process.wait(10) == 0
    kept = (tmp_path / "master.log").read_text()
    assert f"The master answers at {url}/" in kept
    assert kept.endswith("The master stopped\n")


def test_told_twice_to_stop_it_stops_at_once(command):
    process = command("--port", "0")
    url, _ = answered_at(process)
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /supplySupply HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
        assert httpx.get(f"{url}/getRunId").status_code == 200
        process.send_signal(signal.SIGTERM)
        wait_until_closed(host, int(port))
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""
    said = process.stderr.read()
    assert "told to stop twice: cut 1 connections" in said
    assert "Traceback" not in said


def test_a_master_that_cannot_listen_leaves_the_database_alone(command, tmp_path):
    with open_listener("127.0.0.1", 0) as listener:
        process = command("--port", str(listener.getsockname()[1]), "-u", "new.sqlite")
        process.communicate(timeout=20)
    assert process.returncode == 1
    assert not (tmp_path / "new.sqlite").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_database_that_cannot_be_written_is_told_at_once(command, tmp_path):
    process = command("--port", "0", "-u", "kept.sqlite")
    answered_at(process)
    process.terminate()
    process.wait(10)
    (tmp_path / "kept.sqlite").chmod(0o444)
    process = command("--port", "0", "-u", "kept.sqlite")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "kept.sqlite cannot be written" in said
    assert "hint: " in said


def test_records_survive_a_kill(command, recorded):
    process = command("--port", "0", "-u", "kept.sqlite")
    url, _ = answered_at(process)
    with httpx.Client(base_url=url) as client:
        recorded("loadComputerConfigurationFromXML").send(client)
        recorded("requestComputerPartition.root").send(client)
    process.kill()
    process.wait()
    url, _ = answered_at(command("--port", "0", "-u", "kept.sqlite"))
    with httpx.Client(base_url=url) as client:
        assert client.post("/slapos.allDocs.v0.instance_tree_list", json={}).json() == {
            "result_list": [{"title": "my instance"}]
        }


def test_a_taken_port_is_a_clear_error(command):
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        process = command("--port", str(port))
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"error: cannot listen on 127.0.0.1 port {port}: Address already in use" in said
    assert "hint: another program listens there" in said


def test_a_wrong_configuration_is_a_clear_error(command, tmp_path):
    (tmp_path / "proxy.cfg").write_text("[slapproxy]\nport = x\n", encoding="utf-8")
    process = command("--cfg", "proxy.cfg")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "proxy.cfg: section [slapproxy]: port = 'x' is not a whole number" in said


def test_an_address_that_is_not_here_cannot_be_listened_on():
    with pytest.raises(HostFailure, match=r"cannot listen on 192\.0\.2\.1 port 0") as refused:
        open_listener("192.0.2.1", 0)
    assert "no such address" in refused.value.hint


def test_ipv6_listeners_have_bracketed_urls():
    with open_listener("[::1]", 0) as listener:
        port = listener.getsockname()[1]
        assert listener_url(listener, "http") == f"http://[::1]:{port}"


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "https://127.0.0.1:"), ("::", "https://[::1]:")])
def test_a_wildcard_listener_says_that_other_machines_reach_it(host, shown):
    with open_listener(host, 0) as listener:
        assert listener_url(listener, "https").startswith(shown)
        assert listener_place(listener, "https").startswith(shown)
        assert "at every address of this one" in listener_place(listener, "https")
    with open_listener("127.0.0.1", 0) as listener:
        assert listener_place(listener, "http") == f"{listener_url(listener, 'http')}/"


def test_a_master_in_a_thread_ends_with_its_requests_answered(client):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.get("/getRunId").status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8


EVERY_SERVICE = {"mode": "search", "query": 'portal_type:"Instance Tree" AND validation_state:validated'}


def test_who_only_reads_need_not_wait_while_another_process_writes(settings):
    supply = {"url": "https://example.com/software.cfg", "computer_id": "local_computer"}
    with (
        running_master(settings) as url,
        contextlib.closing(sqlite3.connect(settings.database_uri, isolation_level=None)) as other,
        ThreadPoolExecutor(1) as threads,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        assert client.get("/getRunId").status_code == 200
        other.execute("BEGIN IMMEDIATE")
        # The only client there is: it is answered on the thread that serves all.
        writing = threads.submit(client.post, "/supplySupply", data=supply)
        with contextlib.suppress(TimeoutError):
            writing.result(0.3)
        with httpx.Client(base_url=url, trust_env=False, timeout=5) as reader:
            assert reader.get("/getRunId").status_code == 200
            assert reader.get("/hateoas/", params=EVERY_SERVICE).json()["_embedded"]["contents"] == []
            assert reader.post("/slapos.allDocs.v0.instance_tree_list", json={}).json()["result_list"] == []
        assert not writing.done()
        other.execute("ROLLBACK")
        assert writing.result(30).status_code == 200
