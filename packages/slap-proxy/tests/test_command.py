import logging
import threading

import pytest

from slap_proxy.__main__ import main
from slap_proxy.listening import open_listener
from slap_proxy.log_file import logging_also_to


def test_what_cannot_start_ends_with_status_1(capsys, tmp_path):
    assert main(["--cfg", str(tmp_path / "absent.cfg")]) == 1
    assert "absent.cfg: cannot be read" in capsys.readouterr().err
    with open_listener("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--port", port, "--verbose", "-u", str(tmp_path / "p.sqlite")]) == 1
    said = capsys.readouterr().err
    assert f"error: cannot listen on 127.0.0.1 port {port}" in said
    assert "hint: " in said


def test_unread_keys_are_warned_of(capsys, caplog, tmp_path):
    (tmp_path / "proxy.cfg").write_text(
        "[slapproxy]\nshiny = 1\nhost = 192.0.2.1\ntrust = tls\n", encoding="utf-8"
    )
    assert main(["--cfg", str(tmp_path / "proxy.cfg")]) == 1
    assert "cannot listen on 192.0.2.1" in capsys.readouterr().err
    assert "shiny is not a setting of the master" in caplog.text


def test_a_log_file_that_cannot_be_written_is_named(capsys, tmp_path):
    (tmp_path / "proxy.cfg").write_text(f"[slapproxy]\nlog_file = {tmp_path}/no/log\n", encoding="utf-8")
    assert main(["--cfg", str(tmp_path / "proxy.cfg")]) == 1
    assert f"log_file {tmp_path}/no/log cannot be written: No such file" in capsys.readouterr().err


def test_the_log_goes_to_the_file_too_also_when_it_was_moved(tmp_path):
    path = tmp_path / "master.log"
    log = logging.getLogger("slap_proxy.anything")
    with logging_also_to(path):
        log.warning("\x1b[7mone")
        path.rename(tmp_path / "master.log.1")
        log.warning("two")
    log.warning("three")
    assert (tmp_path / "master.log.1").read_text().endswith("WARNING \\x1b[7mone\n")
    assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()] == ["two"]


def test_an_open_master_does_not_listen_to_the_network(capsys):
    assert main(["--host", "192.0.2.1"]) == 1
    assert "allow_open_network" in capsys.readouterr().err


def test_help_says_how_to_put_it_behind_tls(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "X-Forwarded-Proto" in capsys.readouterr().out


def test_a_second_master_on_the_same_port_is_refused_and_the_first_goes_on(client):
    port = client.base_url.port
    failures = []

    def second():
        failures.append(main(["--port", str(port)]))

    thread = threading.Thread(target=second)
    thread.start()
    thread.join()
    assert failures == [1]
    assert client.get("/getRunId").status_code == 200
