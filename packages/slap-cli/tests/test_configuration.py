"""Where a command finds its configuration, and how it complains about it."""

import io
from pathlib import Path

import pytest

from slap_cli import configuration
from slap_cli.configuration import (
    client_configuration,
    client_configuration_path,
    node_configuration,
    node_configuration_path,
    read_configuration,
)
from slap_cli.tenant.client_settings import client_settings
from slap_cli.terminal import Terminal
from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration


def terminal(home: Path, **environment: str) -> Terminal:
    return Terminal(
        out=io.StringIO(), error=io.StringIO(), input=io.StringIO(), environment=environment, home=home
    )


def test_a_client_reads_the_file_named_by_the_option(tmp_path):
    around = terminal(tmp_path, SLAPOS_CLIENT_CONFIGURATION="/elsewhere.cfg")
    assert client_configuration_path("/given.cfg", around) == Path("/given.cfg")


def test_else_the_file_named_by_the_environment(tmp_path):
    around = terminal(tmp_path, SLAPOS_CLIENT_CONFIGURATION="~/mine.cfg")
    assert client_configuration_path(None, around) == tmp_path / "mine.cfg"


def test_else_the_clients_own_file_then_the_old_one(tmp_path):
    around = terminal(tmp_path)
    (tmp_path / ".slapos").mkdir()
    old, new = (tmp_path / ".slapos" / name for name in ("slapos.cfg", "slapos-client.cfg"))
    assert client_configuration_path(None, around) == new
    old.touch()
    assert client_configuration_path(None, around) == old
    new.touch()
    assert client_configuration_path(None, around) == new


def test_a_node_reads_the_option_then_the_environment_then_the_systems_file(tmp_path):
    around = terminal(tmp_path, SLAPOS_CONFIGURATION="/of/environment.cfg")
    assert node_configuration_path("/given.cfg", around) == Path("/given.cfg")
    assert node_configuration_path(None, around) == Path("/of/environment.cfg")
    assert node_configuration_path(None, terminal(tmp_path)) == Path("/etc/opt/slapos/slapos.cfg")


def test_a_missing_client_configuration_says_how_to_make_one(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"slapos-client\.cfg: no such configuration file"
    ) as failure:
        client_configuration(None, terminal(tmp_path))
    assert "slapos configure client" in failure.value.hint


def test_a_missing_node_configuration_says_how_to_name_one(tmp_path):
    with pytest.raises(ConfigurationError, match="no such configuration file") as failure:
        node_configuration(str(tmp_path / "none.cfg"), terminal(tmp_path))
    assert failure.value.hint.startswith("name it with --cfg or $SLAPOS_CONFIGURATION")


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "binary.cfg"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        read_configuration(path)


def test_what_is_far_too_long_is_refused_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration, "_SIZE_LIMIT", 9)
    path = tmp_path / "slapos.cfg"
    path.write_text("[slapos]\nmaster_url = x\n")
    with pytest.raises(ConfigurationError, match=r"slapos\.cfg: is longer than 9 characters"):
        read_configuration(path)


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_configuration(tmp_path)


def settings_of(text: str, home: Path = Path("/home/user")):
    return client_settings(parse_configuration(text, "client.cfg"), home)


def test_a_client_needs_only_the_master():
    settings = settings_of("[slapos]\nmaster_url = http://127.0.0.1:5000/\n")
    assert settings.master_url == "http://127.0.0.1:5000/"
    assert settings.aliases == {}


def test_aliases_are_read_one_a_line():
    settings = settings_of(
        "[slapos]\nmaster_url = http://m/\n"
        "[slapconsole]\nalias =\n  kvm http://k/software.cfg\n  web /a path/s.cfg\n"
    )
    assert settings.aliases == {"kvm": "http://k/software.cfg", "web": "/a path/s.cfg"}


def test_a_malformed_alias_is_named():
    with pytest.raises(
        ConfigurationError, match=r"client\.cfg: section \[slapconsole\]: alias: 'kvm' is not"
    ):
        settings_of("[slapos]\nmaster_url = http://m/\n[slapconsole]\nalias = kvm\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[slapos]\n", r"client\.cfg: section \[slapos\]: master_url is missing"),
        ("[slapos]\nmaster_url = here\n", r"master_url = 'here' is no URL"),
        (
            "[slapos]\nmaster_url = http://[::1\n",
            r"client\.cfg: section \[slapos\]: master_url = .* names no host",
        ),
        (
            "[slapos]\nmaster_url = http://a:99999\n",
            r"client\.cfg: section \[slapos\]: master_url = .* and port",
        ),
        ("[slapos]\nmaster_url = http://a\nmaster_rest_url = b\n", r"master_rest_url = 'b' is no URL"),
        (
            "[slapos]\nmaster_url = http://m\nkey_file = /no/where\n",
            r"key_file = '/no/where' names a file that",
        ),
        ("master_url = http://m\n", r"client\.cfg, line 1: 'master_url = http://m' comes before any section"),
    ],
)
def test_what_is_wrong_names_file_section_and_key(text, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        settings_of(text)


def test_certificates_of_the_console_section_win_and_may_be_in_the_home(tmp_path):
    for name in ("console.key", "node.key"):
        (tmp_path / name).touch()
    settings = settings_of(
        f"[slapos]\nmaster_url = https://m\nkey_file = {tmp_path}/node.key\n"
        "[slapconsole]\nkey_file = ~/console.key\n",
        tmp_path,
    )
    assert settings.key_file == str(tmp_path / "console.key")
