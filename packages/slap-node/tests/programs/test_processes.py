import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path, PurePosixPath

import psutil
import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account
from slap_node.programs import processes
from slap_node.programs.group_marks import group_mark
from slap_node.programs.processes import Command, run
from slap_node.programs.run_marks import kill_remains, new_mark, node_of

HERE = PurePosixPath("/")
NOBODY = Account(name="nobody", uid=65534, gid=65534, home=HERE)
AS_ROOT = (
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root"),
)
PATH = {"PATH": os.environ["PATH"]}


def python(code: str, **options) -> Command:
    return Command(argv=(sys.executable, "-c", code), directory=HERE, environment=PATH, **options)


def shell(script: str, **options) -> Command:
    return Command(argv=("/bin/sh", "-c", script), directory=HERE, environment=PATH, **options)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_output_comes_line_by_line_and_as_a_whole():
    lines: list[str] = []

    finished = run(shell("echo one; echo two >&2; printf three"), lines.append)

    assert finished.succeeded
    assert "\n".join(lines).split("\n") == ["one", "two", "three"]
    assert finished.output == "one\ntwo\nthree"


def test_many_lines_come_many_at_once():
    pieces: list[str] = []

    run(python("print('line\\n' * 100_000, end='')"), pieces.append)

    assert "\n".join(pieces).split("\n") == ["line"] * 100_000
    assert len(pieces) < 10_000


def test_errors_may_be_kept_apart():
    finished = run(shell("echo one; echo two >&2; exit 3", separate_errors=True))

    assert (finished.status, finished.output, finished.errors) == (3, "one\n", "two\n")
    assert not finished.succeeded


def test_only_the_end_of_ten_megabytes_is_kept():
    finished = run(
        python("import sys; [print('x' * 99) for i in range(100_000)]; print('end')", output_limit=1000)
    )

    assert len(finished.output) == 1000
    assert finished.output.endswith("x\nend\n")


def test_of_a_line_without_end_only_the_beginning_comes():
    lines: list[str] = []

    finished = run(python("print('x' * 10_000_000); print('end'); print('y' * 20_000, end='')"), lines.append)

    assert "\n".join(lines).split("\n") == [
        "x" * 16384 + "… (9983616 more bytes)",
        "end",
        "y" * 16384 + "… (3616 more bytes)",
    ]
    assert finished.output.endswith("x\nend\n" + "y" * 20_000)


def test_output_that_is_no_text_is_replaced():
    assert run(shell(r"printf '\377'")).output == "\N{REPLACEMENT CHARACTER}"


def test_the_environment_is_the_given_one_and_the_umask_is_tight():
    finished = run(shell("env | sort; umask"))

    names = {line.partition("=")[0] for line in finished.output.splitlines()}
    assert names == {"PATH", "PWD", "OLDPWD", "_", "0027"} & names
    assert {"PATH", "0027"} <= names


def test_no_descriptor_and_no_input_is_inherited(tmp_path):
    with (tmp_path / "file").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        finished = run(shell("ls /proc/self/fd; cat"))

    assert [int(fd) for fd in finished.output.split()] == [0, 1, 2, 3]


def test_a_program_that_takes_too_long_is_killed_with_all_it_started(tmp_path):
    pids = tmp_path / "pids"
    script = f"setsid sleep 60 & echo $! >> {pids}; (setsid sh -c 'sleep 60 & echo $! >> {pids}' &); sleep 60"

    finished = run(shell(script, timeout=0.6))

    assert finished.timed_out
    assert finished.status == -signal.SIGKILL
    started = [int(pid) for pid in pids.read_text().split()]
    assert len(started) == 2
    assert all(gone(pid) for pid in started)


def test_a_program_is_cancelled_from_another_thread():
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()

    finished = run(shell("sleep 60"), cancel=cancel)

    assert finished.cancelled
    assert not finished.succeeded
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "leaving",
    [
        "sleep MARK &",
        "setsid sleep MARK &",
        "env -i setsid /bin/sh -c '/bin/sleep MARK & /bin/sleep MARK' &",
        "(env -i setsid /bin/sh -c '(/bin/sleep MARK &) ; exec /bin/sleep MARK' >/dev/null 2>&1 &)",
        "env -i setsid /bin/sh -c 'trap : TERM HUP; kill -STOP $$; : MARK' &",
    ],
)
def test_what_a_program_leaves_running_ends_with_it(leaving):
    mark = f"60.{os.getpid()}"
    began = time.monotonic()

    finished = run(shell(f"{leaving.replace('MARK', mark)}\necho done; sleep 0.1"))

    assert finished.succeeded
    assert finished.output == "done\n"
    assert time.monotonic() - began < 5
    assert naming(mark) == []


def test_what_shall_last_is_left_alone(tmp_path):
    pid_file = tmp_path / "pid"
    began = time.monotonic()

    finished = run(shell(f"setsid sleep 30 & echo $! > {pid_file}; echo done", timeout=20, lasting=True))

    assert finished.output == "done\n"
    assert time.monotonic() - began < 5
    lasting = psutil.Process(int(pid_file.read_text()))
    assert lasting.is_running()
    assert node_of(lasting.pid) == 0
    lasting.kill()


def test_what_shall_last_is_killed_when_it_takes_too_long(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"(env -i setsid /bin/sleep 30 & echo $! > {pid_file}); sleep 30"
    assert run(shell(script, timeout=0.5, lasting=True)).timed_out
    assert gone(int(pid_file.read_text()))


def test_all_of_a_run_ends_when_its_node_is_killed(tmp_path):
    code = (
        "import sys; from pathlib import PurePosixPath as P;"
        "from slap_node.programs.processes import Command, run;"
        "run(Command(argv=('/bin/sh', '-c', 'env -i setsid sleep 60 & echo $! $$; sleep 60'),"
        " directory=P('/')), lambda line: print(line, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as node:
        pids = [int(word) for word in node.stdout.readline().split()]
        node.kill()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def test_a_killed_keeper_only_ends_its_program(tmp_path):
    pid_file = tmp_path / "pid"
    killer = threading.Thread(target=kill_parent, args=(pid_file,))
    killer.start()
    finished = run(shell(f"echo $$ > {pid_file}; exec sleep 60"))
    killer.join()
    assert finished.status == -signal.SIGKILL
    assert run(shell("echo again")).output == "again\n"


@pytest.mark.parametrize(
    "rest",
    [
        "exec sleep MARK",
        "sleep MARK & wait",
        "setsid sleep MARK & wait",
        "env -i setsid /bin/sh -c '(/bin/sleep MARK &); exec /bin/sleep MARK' & wait",
    ],
)
def test_nothing_goes_on_when_its_keeper_is_killed(rest):
    mark = f"61.{os.getpid()}"
    finished = run(shell(f"(sleep 0.3; kill -9 $PPID) & {rest.replace('MARK', mark)}"))
    assert not finished.succeeded
    assert naming(mark) == []


def test_the_process_that_forks_is_started_again(tmp_path):
    run(shell("true"))
    processes._FORK_SERVER._server._process.kill()
    processes._FORK_SERVER._server._process.wait()
    assert run(shell("echo again")).output == "again\n"


def kill_parent(pid_file: Path) -> None:
    os.kill(psutil.Process(read_pid(pid_file)).ppid(), signal.SIGKILL)


def naming(mark: str) -> list[list[str]]:
    """Return the command lines that hold a mark."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found.append(process.cmdline())
    return [words for words in found if any(mark in word for word in words)]


def test_an_error_in_the_callback_leaves_nothing_running(tmp_path):
    pid_file = tmp_path / "pid"

    def refuse(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="now"):
        run(shell(f"echo $$ > {pid_file}; echo now; sleep 60"), refuse)
    assert gone(int(pid_file.read_text()))


@pytest.mark.parametrize("argv", [("/nowhere/at/all",), ("/etc/passwd",), ("/bin/true", "a\0b")])
def test_what_cannot_be_started_is_a_failure_of_the_host(argv):
    with pytest.raises(HostFailure, match="cannot run"):
        run(Command(argv=argv, directory=HERE, environment=PATH))


@pytest.mark.parametrize("account", [pytest.param(NOBODY, marks=AS_ROOT)])
def test_a_python_that_the_account_may_not_run_is_named_whatever_should_run_with_it(
    tmp_path, monkeypatch, account
):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "python3").symlink_to(sys._base_executable)
    monkeypatch.setattr(sys, "_base_executable", str(private / "python3"))
    with pytest.raises(HostFailure, match="Permission denied") as failure:
        run(Command(argv=(str(private / "python3"), "-V"), directory=HERE, account=account))
    assert f"{private}/python3, which user nobody may not run" in failure.value.hint
    with pytest.raises(HostFailure, match="No such file") as failure:
        run(Command(argv=("/nowhere/python3",), directory=HERE, account=account))
    assert failure.value.hint == ""


@pytest.mark.parametrize("account", [None, pytest.param(NOBODY, marks=AS_ROOT)])
def test_remains_of_a_killed_node_are_killed_and_ours_are_not(tmp_path, account):
    code = (
        "from pathlib import PurePosixPath;"
        "from slap_domain.model.partition import Account;"
        "from slap_node.programs.processes import Command, run;"
        "run(Command(argv=('/bin/sh', '-c', 'env -i setsid /bin/sleep 60 & echo $! $PPID; wait'),"
        f" directory=PurePosixPath('/'), account={account!r}), lambda line: print(line, flush=True))"
    )
    cancel = threading.Event()
    mine = threading.Thread(
        target=run, args=(shell(f"echo $$ > {tmp_path}/mine; exec sleep 60"), None, cancel)
    )
    mine.start()
    own = read_pid(tmp_path / "mine")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as node:
        remains, keeper = (int(word) for word in node.stdout.readline().split())
        # Its keeper is killed with it, as when the machine runs out of memory.
        node.send_signal(signal.SIGSTOP)
        os.kill(keeper, signal.SIGKILL)
        node.kill()
    assert (node_of(remains), node_of(own)) == (node.pid, os.getpid())

    kill_remains(os.getpid())
    assert psutil.Process(remains).is_running()
    kill_remains(node.pid)
    assert gone(remains)
    assert psutil.Process(own).is_running()
    cancel.set()
    mine.join()
    assert gone(own)


def test_a_node_that_is_part_of_a_marked_service_marks_its_runs_all_the_same():
    code = (
        "import os, sys; from pathlib import PurePosixPath as P;"
        "from slap_node.programs.processes import Command, run;"
        "ask = 'import os; from slap_node.programs.run_marks import node_of; print(node_of(os.getpid()))';"
        "print(run(Command(argv=(sys.executable, '-c', ask), directory=P('/'))).output, os.getpid())"
    )
    limit = f"--locks={group_mark('unix:///sv.sock', 'slappart0')}"
    node = subprocess.run(
        ["prlimit", limit, sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    marked_by, pid = node.stdout.split()
    assert marked_by == pid


def test_no_two_runs_have_the_same_mark():
    assert len({new_mark() for _ in range(1000)}) == 1000


def read_pid(file: Path) -> int:
    while not (file.exists() and file.read_text().endswith("\n")):
        time.sleep(0.02)
    return int(file.read_text())


@pytest.mark.parametrize("account", [pytest.param(NOBODY, marks=AS_ROOT)])
def test_a_program_becomes_its_account(account):
    finished = run(shell("id -u; id -g; id -G", account=account))

    assert finished.output.split() == ["65534", "65534", "65534"]
