import os
import pwd
from pathlib import Path

import pytest
from supervisor import loggers

from slap_domain.model.partition import Program
from slap_domain.model.references import PartitionId
from slap_node.partitions.places import partition_place
from slap_node.supervisor import supervisord
from slap_node.supervisor.daemon import daemon_command
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.supervisord import GuardedLogs

SPEAK = "#!/bin/sh\necho spoken by $0\nexec sleep 1000\n"


class Logs(GuardedLogs):
    def __init__(self, trusted=frozenset()):
        self.told = []
        super().__init__(trusted, self.told.append)


def _write(stream, data):
    with stream:
        stream.write(data)


def test_a_log_is_made_and_appended_to_and_begun_anew(tmp_path):
    logs, path = Logs(), tmp_path / "a.log"
    _write(logs.open(str(path)), b"one")
    _write(logs.open(str(path)), b"two")
    assert path.read_bytes() == b"onetwo"
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_uid == tmp_path.stat().st_uid
    _write(logs.open(str(path), "wb"), b"three")
    assert path.read_bytes() == b"three"
    assert logs.told == []


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "directory", "dangling link"])
@pytest.mark.parametrize("mode", ["ab", "wb"])
def test_what_a_partition_put_in_a_logs_place_is_refused(tmp_path, kind, mode):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    logs, path = Logs(), tmp_path / "a.log"
    match kind:
        case "link":
            path.symlink_to(precious)
        case "hard link":
            path.hardlink_to(precious)
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case _:
            path.symlink_to(tmp_path / "made")
    _write(logs.open(str(path), mode), b"evil")
    assert precious.read_text() == "precious"
    assert not (tmp_path / "made").exists()
    assert len(logs.told) == 1
    assert str(path) in logs.told[0]


def test_a_log_without_a_directory_is_refused(tmp_path):
    logs = Logs()
    _write(logs.open(str(tmp_path / "gone" / "a.log")), b"lost")
    assert "No such file" in logs.told[0]


def test_in_a_trusted_directory_links_are_followed_and_errors_raised(tmp_path):
    logs = Logs(frozenset({tmp_path.stat().st_uid}))
    (tmp_path / "a.log").symlink_to(tmp_path / "elsewhere")
    _write(logs.open(str(tmp_path / "a.log")), b"text")
    assert (tmp_path / "elsewhere").read_bytes() == b"text"
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        logs.open(str(tmp_path / "folder"))


def test_logs_are_rotated(tmp_path, monkeypatch):
    logs = Logs()
    monkeypatch.setattr(loggers, "open", logs.open, raising=False)
    handler = loggers.RotatingFileHandler(str(tmp_path / "a.log"), maxBytes=10, backupCount=2)
    for word in (b"first word\n", b"second word\n", b"third"):
        handler.emit(loggers.LogRecord(loggers.LevelsByName.INFO, word))
    handler.reopen()
    handler.close()
    texts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert texts == {"a.log": b"third", "a.log.1": b"second word\n", "a.log.2": b"first word\n"}
    assert logs.told == []


def test_the_daemon_leaves_no_compiled_files(tmp_path):
    command = daemon_command(SupervisorLayout(instance_root=tmp_path))
    assert command[1:5] == ("-I", "-B", "-m", "slap_node.supervisor.supervisord")


def test_the_daemon_is_started_with_guarded_logs(tmp_path, monkeypatch):
    monkeypatch.setattr(loggers, "open", open, raising=False)
    options = supervisord.Options()
    options.loglevel, options.nodaemon, options.logfile = 20, False, str(tmp_path / "own.log")
    options.logfile_maxbytes, options.logfile_backups = 0, 0
    options.parse_criticals = options.parse_warnings = options.parse_infos = []
    options.make_logger()
    loggers.open.__self__.tell("refused")
    options.logger.close()
    assert "refused" in (tmp_path / "own.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run programs as others")
def test_a_link_in_a_partition_does_not_lead_the_daemon_astray(node):
    target = node.root / "precious"
    target.write_text("precious")
    user = pwd.getpwnam("daemon")
    for name in ("evil", "good"):
        node.script("p0", f"etc/service/{name}", SPEAK)
    partition = Path(node.root / "p0")
    partition.joinpath(".p0_evil.log").symlink_to(target)
    for path in (partition, *partition.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    place = partition_place(node.root, PartitionId("p0"))
    programs = tuple(
        Program(name=name, command=place.path / "etc" / "service" / name, watched=True)
        for name in ("evil", "good")
    )
    node.supervisor.ensure_running()
    node.supervisor.deploy(place, programs)
    node.supervisor.start(place.id)
    log = partition / ".p0_good.log"
    node.wait(lambda: log.exists() and "spoken by" in log.read_text())
    node.wait(lambda: set(node.states("p0").values()) == {"RUNNING"})
    assert target.read_text() == "precious"
    assert (log.stat().st_uid, log.stat().st_mode & 0o777) == (user.pw_uid, 0o640)
    own = (node.root / "var/log/supervisord.log").read_text()
    assert own.count(".p0_evil.log is refused") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_log_of_somebody_else_is_refused(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("theirs")
    os.chown(path, pwd.getpwnam("daemon").pw_uid, -1)
    logs = Logs()
    _write(logs.open(str(path)), b"more")
    assert path.read_text() == "theirs"
    assert "somebody else" in logs.told[0]
