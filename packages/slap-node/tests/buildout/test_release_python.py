import os
import shutil
import threading
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import Cancelled, HostFailure
from slap_node.buildout.release_python import ReleasePython

PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture
def python(tmp_path) -> ReleasePython:
    (tmp_path / "release").mkdir()
    return ReleasePython(release=PurePosixPath(tmp_path / "release"))


def test_it_is_usable_once_installed_and_leaves_nothing_beside_it(python, tmp_path):
    assert not python.is_ours()
    python.install(None, PATH)
    assert python.is_usable()
    assert python.is_current()
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert sorted(path.name for path in (tmp_path / "release").iterdir()) == [".python", "bin"]


def test_what_a_killed_run_left_is_replaced(python, tmp_path):
    (tmp_path / ".release.python.tar").write_text("half")
    python.install(None, PATH)
    assert python.is_current()
    assert not (tmp_path / ".release.python.tar").exists()


def test_an_old_runner_is_usable_but_not_current(python):
    python.install(None, PATH)
    with Path(python.libraries / "slap_buildout_runner.py").open("a") as file:
        file.write("# older\n")
    assert python.is_usable()
    assert not python.is_current()


def test_another_python_or_buildout_is_not_usable(python):
    python.install(None, PATH)
    fingerprint = Path(python.environment / "slapos-runtime.json")
    fingerprint.write_text(fingerprint.read_text().replace("6.", "5."))
    assert python.is_ours()
    assert not python.is_usable()


def test_where_nothing_can_be_written_is_a_failure_of_the_host(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(HostFailure, match=r"cannot prepare zc\.buildout"):
        ReleasePython(release=PurePosixPath(tmp_path / "file" / "release")).install(None, PATH)
    with pytest.raises(HostFailure, match="cannot run rm"):
        ReleasePython(release=PurePosixPath(tmp_path / "missing")).install(None, PATH)


def test_it_is_given_up_when_the_run_ends(python, tmp_path):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        python.install(None, PATH, cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert not python.is_ours()


FULL = """#!/bin/sh
{tar} "$@"
for file in {release}/bin/* {release}/bin/.b*; do : > "$file"; done
echo "tar: bin/x: Cannot write: No space left on device"
echo "tar: Exiting with failure status due to previous errors"
exit 2
"""


def test_a_full_disk_is_told_and_leaves_no_half_of_a_script(python, tmp_path):
    tar = tmp_path / "programs" / "tar"
    tar.parent.mkdir()
    tar.write_text(FULL.format(tar=shutil.which("tar"), release=python.release))
    tar.chmod(0o755)
    with pytest.raises(HostFailure, match=r"into .*: tar: bin/x: Cannot write: No space left on device$"):
        python.install(None, {"PATH": f"{tar.parent}:{PATH['PATH']}"})
    assert not Path(python.release / "bin" / "buildout").exists()
    python.install(None, PATH)
    assert python.is_current()
