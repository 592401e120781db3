"""A process that has imported zc.buildout and forks for each partition; started as a script of its own.

It may run as root and then runs nothing but the node's own copy of zc.buildout: what belongs to a release is
looked at only in the children, after they have become the partition's user. It ends with the node: the
control socket is closed then.

Usage: warm_process.py CONTROL_DESCRIPTOR SETTINGS, with SETTINGS a JSON object:
trusted (directories of the node's zc.buildout and what it needs), runner and keeper (paths of modules),
release, executable (the release's interpreter), libraries (directory of the release's own zc.buildout).
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import socket
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

_TARGET = "pip._internal.models.target_python"
_RARELY_USED = (
    "pip._internal.index.collector",
    "pip._internal.index.package_finder",
    "doctest",  # of a module that tests itself
)


def main(control_descriptor: str, settings_text: str) -> None:
    """Serve requests until the node closes the control socket."""
    settings = json.loads(settings_text)
    gc.disable()  # imports make hardly any garbage
    keeper = _module("slap_run_keeper", settings["keeper"])
    with _rarely_used_imported_later():
        runner = _import_runner(settings)
    _forget_ours()
    gc.freeze()  # so that the children's collections do not copy our pages
    gc.enable()

    def work(request: dict[str, Any], begun: Callable[[], None]) -> int:
        begun()
        return _build(request, settings, runner)

    with socket.socket(fileno=int(control_descriptor)) as control:
        control.send(b"ready")
        keeper.serve(control, work)


class _ThisPython:
    """What zc.buildout asks of pip's `TargetPython`, which costs as much as all else it takes from pip."""

    py_version_info = sys.version_info[:3]


class _Later(types.ModuleType):
    """Stands for a module whose functions and classes are looked up when they are called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever is called
            return getattr(importlib.import_module(self.__name__), name)(*arguments, **named)

        return call


@contextlib.contextmanager
def _rarely_used_imported_later() -> Iterator[None]:
    """Let zc.buildout import only when it is called what reads package indexes: a third of what it imports.

    Instances are deployed offline: hardly any ever reads one.
    """
    late = {name: _Later(name) for name in _RARELY_USED if name not in sys.modules}
    if _TARGET not in sys.modules:
        late[_TARGET] = _Later(_TARGET)
        vars(late[_TARGET])["TargetPython"] = _ThisPython
    sys.modules.update(late)
    try:
        yield
    finally:
        for name in late:
            del sys.modules[name]


def _import_runner(settings: dict[str, Any]) -> Any:  # noqa: ANN401 - a module
    # Before zc.buildout is imported: it takes these over as defaults.
    sys.executable = settings["executable"]
    plain_path = list(sys.path)
    sys.path[:0] = settings["trusted"]
    runner = _module("slap_buildout_runner", settings["runner"])
    sys.path[:] = plain_path
    return runner


def _forget_ours() -> None:
    """Leave only the standard library to be found: releases have copies of all else."""
    import pkg_resources  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415

    working_set = pkg_resources.working_set
    working_set.entries[:] = []
    working_set.entry_keys.clear()
    working_set.by_key.clear()
    for entry in sys.path:
        working_set.add_entry(entry)


def _module(name: str, path: str) -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _build(request: dict[str, Any], settings: dict[str, Any], runner: Any) -> int:  # noqa: ANN401
    status = 1
    try:
        _become(request)
        _adopt(request, settings)
        status = _run(settings["release"], runner)
    except BaseException:  # noqa: BLE001 - the end of a process: everything goes to its output
        traceback.print_exc()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    return status


def _become(request: dict[str, Any]) -> None:
    """Take on the environment of the request."""
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
    pkg_resources.working_set.add_entry(settings["libraries"])
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
    os._exit(0)  # nothing is left to be written, and taking apart what was imported would take a while
