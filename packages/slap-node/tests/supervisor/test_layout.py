import os

import pytest

from slap_domain.errors import HostFailure
from slap_node.supervisor.layout import SupervisorLayout


def test_directories_have_the_modes_of_the_conventions(tmp_path):
    layout = SupervisorLayout(instance_root=tmp_path / "i")
    previous = os.umask(0o077)
    try:
        layout.prepare()
    finally:
        os.umask(previous)
    modes = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in sorted((tmp_path / "i").rglob("*"))
    }
    assert modes == {
        "i/etc": 0o700,
        "i/etc/supervisord.conf.d": 0o700,
        "i/var": 0o755,
        "i/var/log": 0o700,
        "i/var/run": 0o700,
    }


def test_an_old_socket_is_used_where_there_is_one(tmp_path):
    layout = SupervisorLayout(instance_root=tmp_path)
    assert layout.socket == tmp_path / "sv.sock"
    (tmp_path / "supervisord.socket").touch()
    assert layout.socket == tmp_path / "supervisord.socket"


def test_a_path_too_long_for_a_socket_is_refused_with_a_hint(tmp_path):
    layout = SupervisorLayout(instance_root=tmp_path / ("x" * 100))
    with pytest.raises(HostFailure, match="bytes") as raised:
        layout.prepare()
    assert "shorter" in raised.value.hint
    assert not layout.instance_root.exists()


def test_a_root_that_cannot_be_made_is_a_host_failure(tmp_path):
    (tmp_path / "f").touch()
    with pytest.raises(HostFailure, match="cannot create"):
        SupervisorLayout(instance_root=tmp_path / "f" / "i").prepare()
