import os

import pytest

from slap_node.buildout.machine_index import index_variables


@pytest.fixture
def caller(tmp_path) -> dict[str, str]:
    """An environment whose home has no configuration; the machine's own files are not read."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull}


def test_nothing_is_told_where_nothing_is_configured(caller):
    assert index_variables(caller) == {}


def test_pips_configuration_file_is_told(caller, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://one.example/wheels\nextra-index-url =\n  https://two.example/wheels\n"
        "  https://three.example/wheels\n[install]\nfind-links = /wheels\n[download]\nprogress-bar = off\n"
    )
    told = index_variables(caller | {"PIP_CONFIG_FILE": str(file)})
    assert told["PIP_INDEX_URL"] == "https://one.example/wheels"
    assert told["PIP_EXTRA_INDEX_URL"].split() == [
        "https://two.example/wheels",
        "https://three.example/wheels",
    ]
    assert told["PIP_FIND_LINKS"] == "/wheels"
    assert not [name for name in told if "PROGRESS" in name]


def test_a_variable_wins_over_the_file(caller, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://one.example/wheels\n")
    told = index_variables(
        caller | {"PIP_CONFIG_FILE": str(file), "PIP_INDEX_URL": "https://two.example/wheels"}
    )
    assert told["PIP_INDEX_URL"] == "https://two.example/wheels"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_INDEX_URL", "https://uv.example/wheels?x=1"),
        ("UV_DEFAULT_INDEX", "corporate=https://uv.example/wheels?x=1"),
    ],
)
def test_uvs_index_is_told_where_pip_has_none(caller, name, value):
    assert index_variables(caller | {name: value})["PIP_INDEX_URL"] == "https://uv.example/wheels?x=1"
    assert (
        index_variables(caller | {name: value, "PIP_INDEX_URL": "https://p"})["PIP_INDEX_URL"] == "https://p"
    )


@pytest.mark.parametrize(
    "text",
    [
        'index-url = "https://uv.example/wheels"\n',
        '[[index]]\nurl = "https://other"\n[[index]]\nurl = "https://uv.example/wheels"\ndefault = true\n',
    ],
)
def test_uvs_configuration_file_is_read(caller, tmp_path, text):
    folder = tmp_path / ".config" / "uv"
    folder.mkdir(parents=True)
    (folder / "uv.toml").write_text(text)
    assert index_variables(caller)["PIP_INDEX_URL"] == "https://uv.example/wheels"


def test_what_uv_itself_would_refuse_is_not_told(caller, tmp_path):
    file = tmp_path / "uv.toml"
    file.write_text("this is no TOML")
    assert index_variables(caller | {"UV_CONFIG_FILE": str(file)}) == {}
