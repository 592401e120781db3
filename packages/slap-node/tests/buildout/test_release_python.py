import os
import pwd
from pathlib import Path

import pytest

from slap_node.buildout import release_python


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look at files as others do")
def test_compiled_files_that_cannot_be_read_are_not_packed(site):
    folder = site.root / "__pycache__"
    folder.mkdir(mode=0o755)
    source = site.root / "module.py"
    compiled = folder / f"module.{release_python._cache_tag()}.pyc"
    compiled.touch()
    compiled.chmod(0o600)
    assert release_python.compiled_beside(source) == compiled
    os.setreuid(pwd.getpwnam("nobody").pw_uid, 0)
    try:
        assert release_python.compiled_beside(source) is None
        compiled.chmod(0o644)
        assert release_python.compiled_beside(source) == compiled
    finally:
        os.setreuid(0, 0)
    assert release_python.compiled_beside(site.root / "data.txt") is None
    assert release_python.compiled_beside(Path("/nowhere/module.py")) is None
