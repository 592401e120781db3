"""A process that has imported zc.buildout and forks for each partition; started as a script of its own.

It may run as root and then runs nothing but the node's own copy of zc.buildout: what belongs to a release is
looked at only in the children, after they have become the partition's user. It ends with the node: the
control socket is closed then.

Usage: warm_process.py CONTROL_DESCRIPTOR SETTINGS, with SETTINGS a JSON object:
trusted (directories of the node's zc.buildout and what it needs), runner (path of `runner.py`), release,
executable (the release's interpreter), libraries (directory of the release's own zc.buildout).
"""

import contextlib
import gc
import importlib.util
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
import traceback
from typing import Any

_REQUEST_LIMIT = 1 << 20


def main(control_descriptor: str, settings_text: str) -> None:
    """Serve requests until the node closes the control socket."""
    settings = json.loads(settings_text)
    runner = _import_runner(settings)
    gc.collect()
    gc.freeze()  # so that the children's collections do not copy our pages
    with socket.socket(fileno=int(control_descriptor)) as control:
        control.send(b"ready")
        _serve(control, settings, runner)


def _import_runner(settings: dict[str, Any]) -> Any:  # noqa: ANN401 - a module
    # Before zc.buildout is imported: it takes these over as defaults.
    sys.executable = settings["executable"]
    plain_path = list(sys.path)
    sys.path[:0] = settings["trusted"]
    spec = importlib.util.spec_from_file_location("slap_buildout_runner", settings["runner"])
    if spec is None or spec.loader is None:
        raise ImportError(settings["runner"])
    runner = importlib.util.module_from_spec(spec)
    sys.modules["slap_buildout_runner"] = runner
    spec.loader.exec_module(runner)
    sys.path[:] = plain_path
    return runner


def _serve(control: socket.socket, settings: dict[str, Any], runner: Any) -> None:  # noqa: ANN401
    children: dict[int, tuple[int, int]] = {}  # pidfd -> pid, status descriptor
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not control:
                        _reap(selector, children, key.fd)
                    elif not _accept(control, selector, children, settings, runner):
                        return
        finally:
            for pid, status_descriptor in children.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                os.close(status_descriptor)


def _reap(selector: selectors.BaseSelector, children: dict[int, tuple[int, int]], pidfd: int) -> None:
    selector.unregister(pidfd)
    pid, status_descriptor = children.pop(pidfd)
    os.close(pidfd)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        os.write(status_descriptor, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os.close(status_descriptor)


def _accept(
    control: socket.socket,
    selector: selectors.BaseSelector,
    children: dict[int, tuple[int, int]],
    settings: dict[str, Any],
    runner: Any,  # noqa: ANN401 - a module
) -> bool:
    """Fork for one request; tell whether there was one."""
    data, descriptors, _, _ = socket.recv_fds(control, _REQUEST_LIMIT, 2)
    if not data:
        return False
    output, status_descriptor = descriptors
    pid = os.fork()
    if pid == 0:
        _child(data, output, settings, runner)
    os.close(output)
    os.write(status_descriptor, f"{pid}\n".encode())
    pidfd = os.pidfd_open(pid)
    children[pidfd] = (pid, status_descriptor)
    selector.register(pidfd, selectors.EVENT_READ)
    return True


def _child(data: bytes, output: int, settings: dict[str, Any], runner: Any) -> None:  # noqa: ANN401
    status = 1
    try:
        request = json.loads(data)
        _become(request, output)
        _adopt(request, settings)
        status = _run(settings["release"], runner)
    except BaseException:  # noqa: BLE001 - the end of a process: everything goes to its output
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _become(request: dict[str, Any], output: int) -> None:
    """Take on session, descriptors, user, directory and environment of the request."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    account = request["account"]
    if account is not None:
        os.setgroups(account["groups"])
        os.setgid(account["gid"])
        os.setuid(account["uid"])
    os.umask(request["umask"])
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = os.fdopen(descriptor, "w", buffering=1, errors="backslashreplace", closefd=False)
        setattr(sys, name, stream)


def _adopt(request: dict[str, Any], settings: dict[str, Any]) -> None:
    """Make the release's own copies the ones that are found from here on, in place of the node's."""
    import pkg_resources  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
    import zc.buildout.easy_install as installing  # type: ignore[import-untyped]  # noqa: PLC0415

    libraries = [settings["libraries"]]
    sys.argv = request["argv"]
    sys.dont_write_bytecode = False  # that was for the node's own copies
    sys.prefix = sys.exec_prefix = request["prefix"]
    sys.path += libraries
    working_set = pkg_resources.working_set
    working_set.entries[:] = []
    working_set.entry_keys.clear()
    working_set.by_key.clear()
    for entry in sys.path:
        working_set.add_entry(entry)
    installing.buildout_and_setuptools_path = libraries
    installing.setuptools_path = installing.pip_path = libraries
    installing.setuptools_pythonpath = installing.pip_pythonpath = libraries[0]


def _run(release: str, runner: Any) -> int:  # noqa: ANN401 - a module
    import zc.buildout.buildout as building  # type: ignore[import-untyped]  # noqa: PLC0415

    runner.mend(release)
    try:
        building.main()
    except SystemExit as end:
        if isinstance(end.code, int):
            return end.code
        return 0 if end.code is None else 1
    return 0


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
