"""Which Python runs the plugins of a release: the one that its `bin/buildout` runs with."""

import re
import shlex
from pathlib import Path, PurePosixPath

_EXEC = re.compile(r"exec\s+(.*)")
_HEAD_SIZE = 4096
_SHELLS = frozenset({"sh", "bash", "dash"})


def release_python(release: PurePosixPath) -> tuple[str, ...]:
    """Return the interpreter and its options; empty when the release does not tell.

    Paths longer than a shebang allows are written as `#!/bin/sh` and `'''exec' <python> "$0" "$@"`.
    """
    try:
        with Path(release, "bin", "buildout").open("rb") as opened:
            lines = opened.read(_HEAD_SIZE).decode(errors="replace").splitlines()
    except OSError:
        return ()
    if not lines or not lines[0].startswith("#!"):
        return ()
    words = tuple(lines[0][2:].split())
    if words and PurePosixPath(words[0]).name in _SHELLS:
        return _python_of_exec(lines[1] if len(lines) > 1 else "")
    return words


def _python_of_exec(line: str) -> tuple[str, ...]:
    match = _EXEC.search(line.replace("'''exec'", "exec"))
    try:
        words = shlex.split(match.group(1)) if match else []
    except ValueError:
        return ()
    return tuple(word for word in words if not word.startswith("$"))
