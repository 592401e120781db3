"""Parameters in a file."""

import pytest

from slap_cli.tenant import parameters_file
from slap_cli.tenant.parameters_file import from_file
from slap_domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", '{"size": 3, "names": ["a", "é"]}'),
        ("p.yaml", "size: 3\nnames: [a, é]\n"),
        ("p", '{"size": 3, "names": ["a", "é"]}'),
    ],
)
def test_a_file_is_json_or_yaml(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert from_file(path) == {"size": 3, "names": ["a", "é"]}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("p.json", "{", "is not JSON"),
        ("p.yaml", "a: [", "is neither JSON nor YAML"),
        ("p.yaml", "- a", "holds no mapping"),
    ],
)
def test_a_file_that_is_neither_is_refused(tmp_path, name, text, complaint):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=complaint) as failure:
        from_file(path)
    assert failure.value.hint.startswith("name a file of `name: value` lines (YAML)")


@pytest.mark.parametrize(
    ("name", "text"),
    [("p.json", '{"a": {"b": 1, "b": 1}}'), ("p.yaml", "a: [{b: 1, c: 2, b: 1}]"), ("p", '{"b": 1, "b": 2}')],
)
def test_a_file_that_gives_a_name_twice_is_refused(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=f"parameters file {path}: it gives 'b' more than once"):
        from_file(path)


def test_what_yaml_merges_may_be_given_again(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("one: &one {a: 1, b: 2}\ntwo: &two {<<: *one, b: 3}\nthree: {<<: *two, a: 4}\n")
    assert from_file(path)["two"] == {"a": 1, "b": 3}
    assert from_file(path)["three"] == {"a": 4, "b": 3}


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        InvalidInput, match=r"parameters file .*/none\.json cannot be read: No such"
    ) as failure:
        from_file(tmp_path / "none.json")
    assert failure.value.hint


def test_a_file_that_is_far_too_long_is_refused_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(parameters_file, "_SIZE_LIMIT", 9)
    path = tmp_path / "p.yaml"
    path.write_text("a: 1\nb: 22\n")
    with pytest.raises(InvalidInput, match="is longer than 9 characters"):
        from_file(path)


@pytest.mark.parametrize("name", ["p.json", "p.yaml"])
def test_what_is_nested_too_deeply_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_text('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(InvalidInput, match="is nested too deeply"):
        from_file(path)
