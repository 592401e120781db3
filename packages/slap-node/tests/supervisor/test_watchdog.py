import io
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import xmlrpc.client

import pytest

from slap_domain.errors import HostFailure, MasterUnreachable, NotFound
from slap_node.supervisor import watchdog
from slap_node.supervisor.watchdog import EndedProcess, Messenger, PartitionMarks, ended_before, listen

SERVER = EndedProcess(name="server-on-watch", group="slappart0")


def _event(name, process="server-on-watch", group="slappart0"):
    payload = f"processname:{process} groupname:{group} from_state:RUNNING expected:0 pid:7"
    header = f"ver:3.0 server:supervisor serial:1 pool:watchdog poolserial:1 eventname:{name}"
    return f"{header} len:{len(payload)}\n{payload}".encode()


class Master:
    def __init__(self, *failures):
        self.failures = list(failures)
        self.bangs = []

    def bang(self, partition, message):
        if self.failures:
            raise self.failures.pop(0)
        self.bangs.append((partition, message))


@pytest.fixture
def partition(tmp_path):
    (tmp_path / "slappart0").mkdir()
    (tmp_path / "slappart0" / ".timestamp").write_text("1795293711.2262971")
    return tmp_path / "slappart0"


def _messenger(partition, master, waits=None):
    lines = []
    messenger = Messenger(
        PartitionMarks(partition.parent), master.bang, lines.append, ([] if waits is None else waits).append
    )
    messenger.lines = lines
    return messenger


def test_the_protocol_is_answered_until_the_stream_ends():
    answers, taken = io.BytesIO(), []
    events = _event("PROCESS_STATE_EXITED") + _event("PROCESS_STATE_RUNNING") + _event("PROCESS_STATE_FATAL")
    listen(io.BytesIO(events), answers, taken.append)
    assert taken == [SERVER, SERVER]
    assert answers.getvalue() == b"READY\nRESULT 2\nOK" * 3 + b"READY\n"


def test_a_deployment_is_told_once_and_the_next_again(partition):
    master = Master()
    messenger = _messenger(partition, master)
    for timestamp in ("1795293711.2262971", "1795293711.2262971", "1795293712"):
        (partition / ".timestamp").write_text(timestamp)
        messenger.tell(SERVER)
    message = "server-on-watch process in partition slappart0 encountered a problem"
    assert master.bangs == [("slappart0", message)] * 2
    assert (partition / ".slapos_latest_bang_timestamp").read_text() == "1795293712"
    assert sorted(path.name for path in partition.iterdir()) == [
        ".slapos_latest_bang_timestamp",
        ".timestamp",
    ]


def test_what_was_never_deployed_is_told_once(partition):
    (partition / ".timestamp").unlink()
    master = Master()
    messenger = _messenger(partition, master)
    messenger.tell(SERVER)
    messenger.tell(SERVER)
    assert len(master.bangs) == 1
    assert (partition / ".slapos_latest_bang_timestamp").read_text() == "0"


def test_news_wait_while_the_master_is_away(partition):
    waits = []
    master = Master(MasterUnreachable("down"), MasterUnreachable("down"))
    messenger = _messenger(partition, master, waits)
    messenger.tell(SERVER)
    assert len(master.bangs) == 1
    assert waits == [5.0, 10.0]


def test_a_refusal_is_complained_about_and_not_repeated(partition):
    master = Master(NotFound("no such instance"))
    messenger = _messenger(partition, master)
    messenger.tell(SERVER)
    assert master.bangs == []
    assert "no such instance" in messenger.lines[0]
    assert not (partition / ".slapos_latest_bang_timestamp").exists()


def test_what_is_no_partition_is_nobodys_business(partition):
    master = Master()
    messenger = _messenger(partition, master)
    messenger.tell(EndedProcess(name="x-on-watch", group="slappart0-socat"))
    messenger.tell(EndedProcess(name="x-on-watch", group="../slappart0"))
    assert master.bangs == []


def test_a_link_planted_by_the_partition_is_not_followed(partition, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("7")
    (partition / ".timestamp").unlink()
    (partition / ".timestamp").symlink_to(secret)
    (partition / ".slapos_latest_bang_timestamp").symlink_to(secret)
    messenger = _messenger(partition, Master())
    messenger.tell(SERVER)
    assert secret.read_text() == "7"
    assert (partition / ".slapos_latest_bang_timestamp").read_text() == "0"


def test_only_watched_processes_are_news(partition):
    master = Master()
    told = threading.Event()
    messenger = Messenger(
        PartitionMarks(partition.parent),
        lambda *news: (master.bang(*news), told.set()),
        lambda _: None,
        lambda _: None,
    )
    messenger.start()
    messenger.take(EndedProcess(name="task", group="slappart0"))
    messenger.take(SERVER)
    assert told.wait(10)
    assert [message.split()[0] for _, message in master.bangs] == ["server-on-watch"]


def test_without_a_daemon_the_past_is_not_known(tmp_path):
    with pytest.raises(HostFailure):
        ended_before(f"unix://{tmp_path}/none")


def test_what_is_needed_only_to_tell_is_not_imported():
    code = "import sys, slap_node.supervisor.watchdog; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"httpx", "lxml", "xmlrpc.client", "slap_http_adapter"} & set(modules.split())


def test_the_program_tells_a_master_over_http(partition, http_master):
    command = [sys.executable, "-m", "slap_node.supervisor.watchdog", "--computer-id", "COMP-1"]
    command += ["--master-url", f"http://127.0.0.1:{http_master.server_port}"]
    command += ["--instance-root", str(partition.parent)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env={}, **pipes) as process:
        process.stdin.write(_event("PROCESS_STATE_EXITED"))
        process.stdin.flush()
        path, form = http_master.received.get(timeout=30)
        process.stdin.close()
        assert process.wait(10) == 0
    assert path == "/softwareInstanceBang"
    assert form["computer_id"] == "COMP-1"
    assert form["computer_partition_id"] == "slappart0"
    assert form["message"] == "server-on-watch process in partition slappart0 encountered a problem"


def test_wrong_options_are_refused(capsys):
    with pytest.raises(SystemExit):
        watchdog.main(["--master-url", "http://x"])
    assert "--computer-id" in capsys.readouterr().err


def test_the_program_may_be_called(partition, http_master, monkeypatch, capsys):
    class Stream:
        def __init__(self, buffer):
            self.buffer = buffer

    # The stream stays open until the master has heard.
    reader, writer = os.pipe()
    os.write(writer, _event("PROCESS_STATE_EXITED"))
    monkeypatch.setattr(sys, "stdin", Stream(os.fdopen(reader, "rb")))
    monkeypatch.setattr(sys, "stdout", Stream(io.BytesIO()))
    monkeypatch.setenv("SUPERVISOR_SERVER_URL", f"unix://{partition}/none")
    arguments = ["--master-url", f"http://127.0.0.1:{http_master.server_port}", "--computer-id", "COMP-1"]
    arguments += ["--instance-root", str(partition.parent), "--certificate-repository-path", "/none"]
    statuses = queue.Queue()
    thread = threading.Thread(target=lambda: statuses.put(watchdog.main(arguments)))
    thread.start()
    path, _ = http_master.received.get(timeout=30)
    os.close(writer)
    thread.join()
    sys.stdin.buffer.close()
    assert (path, statuses.get()) == ("/softwareInstanceBang", 0)
    assert "what ended before is not known" in capsys.readouterr().err


def test_what_ended_before_is_asked_of_the_daemon():
    body = xmlrpc.client.dumps(
        (
            [
                {"name": "a-on-watch", "group": "slappart0", "statename": "EXITED"},
                {"name": "b-on-watch", "group": "slappart0", "statename": "RUNNING"},
                {"name": "c-on-watch", "group": "slappart0", "statename": "FATAL"},
            ],
        ),
        methodresponse=True,
    )
    with tempfile.TemporaryDirectory(prefix="wd") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/s")
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.0 200 OK\r\n\r\n{body}".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        found = ended_before(f"unix://{folder}/s")
        thread.join()
    assert [ended.name for ended in found] == ["a-on-watch", "c-on-watch"]


def test_a_mark_that_is_no_file_says_nothing(partition):
    (partition / ".timestamp").unlink()
    os.mkfifo(partition / ".timestamp")
    master = Master()
    _messenger(partition, master).tell(SERVER)
    assert (partition / ".slapos_latest_bang_timestamp").read_text() == "0"


def test_a_watchdog_whose_messenger_dies_ends_so_that_it_is_started_anew(tmp_path):
    code = f"""
import threading
from pathlib import Path
from slap_node.supervisor.watchdog import EndedProcess, Messenger, PartitionMarks, end_with_thread

def bang(partition, message):
    raise ZeroDivisionError("a defect")

threading.excepthook = end_with_thread
messenger = Messenger(PartitionMarks(Path({str(tmp_path)!r})), bang, print, print)
messenger.start()
messenger.take(EndedProcess(name="server-on-watch", group="slappart0"))
threading.Event().wait(60)
"""
    (tmp_path / "slappart0").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == "slapos-watchdog: messenger died of ZeroDivisionError: a defect\n"
