import io
from argparse import Namespace

import pytest

from slap_cli.command_parser import parser_of
from slap_cli.exit_status import ExitStatus
from slap_cli.reading import read_and_run
from slap_cli.standalone.ports import Request
from slap_cli.standalone.record import Record, WantedService
from slap_cli.standalone.requested_service import absolute, default_name, requested
from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput, NotFound


def words(url, **given):
    return Namespace(software_url=url, **{"name": None, "type": None, "parameters": None, **given})


@pytest.fixture
def profile(tmp_path):
    folder = tmp_path / "hello"
    folder.mkdir()
    path = folder / "software.cfg"
    path.write_text("")
    return path


def test_a_path_is_made_absolute(profile, monkeypatch):
    monkeypatch.chdir(profile.parent)
    assert absolute("software.cfg") == str(profile)


def test_a_url_stays():
    assert absolute("https://example.com/a/software.cfg") == "https://example.com/a/software.cfg"


def test_a_path_of_nothing_is_refused(tmp_path):
    with pytest.raises(NotFound, match="there is no profile"):
        absolute(str(tmp_path / "missing.cfg"))


def test_a_directory_is_refused_with_a_hint(profile):
    with pytest.raises(NotFound) as caught:
        absolute(str(profile.parent))
    assert "did you mean" in caught.value.hint


def test_a_path_that_buildout_takes_for_two_is_refused(tmp_path):
    profile = tmp_path / "a b" / "software.cfg"
    profile.parent.mkdir()
    profile.write_text("")
    with pytest.raises(InvalidInput, match="has a blank in its path"):
        absolute(str(profile))


@pytest.mark.parametrize(
    ("url", "told"), [("http:///software.cfg", "names no host"), ("http://[::1/x", "is no URL")]
)
def test_a_url_that_leads_nowhere_is_refused(url, told):
    with pytest.raises(InvalidInput, match=told):
        absolute(url)


def test_another_scheme_is_refused():
    with pytest.raises(InvalidInput, match="gopher"):
        absolute("gopher://example.com/software.cfg")


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("https://example.com/my%20web/software.cfg", "my web"),
        ("/a/hello-web/software.cfg", "hello-web"),
        ("https://example.com", "service"),
    ],
)
def test_a_service_is_called_like_the_folder_of_its_profile(release, name):
    assert default_name(release) == name


def test_what_is_not_said_is_as_last_time(profile):
    before = WantedService(release=str(profile), type="big", parameters={"k": "v"})
    record = Record().with_service("hello", before)
    assert requested(words(str(profile)), record) == Request(
        name="hello", release=str(profile), type="big", parameters={"k": "v"}
    )


def test_what_is_said_counts(profile):
    record = Record().with_service("hello", WantedService(release="x", type="big", parameters={"k": "v"}))
    request = requested(words(str(profile), type="small", parameters=["a=b=c"]), record)
    assert (request.type, request.parameters) == ("small", {"a": "b=c"})
    assert requested(words(str(profile), parameters=[]), record).parameters == {}


def test_a_new_service_has_the_default_type_and_no_parameters(profile):
    request = requested(words(str(profile), name="other"), Record())
    assert (request.name, request.type, request.parameters) == ("other", "default", {})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--name", ""), "instance title"),
        (("--partitions", "0"), "'0' is not a whole number from 1"),
        (("--partitions", "-3"), "'-3' is not a whole number from 1"),
        (("--partitions", "x"), "'x' is not a whole number from 1"),
        (("--parameters", "a=b", "novalue"), "'novalue' is not name=value"),
        (("--patience", "nan"), "'nan' is not a number of seconds"),
        (("--patience", "soon"), "'soon' is not a number of seconds"),
    ],
)
def test_a_word_that_means_nothing_is_a_wrong_command_line_before_anything_is_looked_for(
    words, message, tmp_path
):
    error = io.StringIO()
    terminal = Terminal(out=io.StringIO(), error=error, input=io.StringIO(), environment={}, home=tmp_path)
    arguments = [str(tmp_path / "no.cfg"), "--directory", str(tmp_path / "place"), *words]
    assert read_and_run("standalone run", arguments, terminal) == ExitStatus.USAGE
    assert message in error.getvalue()
    assert "hint:" in error.getvalue()
    assert not (tmp_path / "place").exists()


def test_words_that_mean_something_are_read():
    parser = parser_of("standalone run")
    words = ["x", "--name", "n", "--partitions", "3", "--parameters", "a=b", "--patience", "1.5"]
    options = parser.parse_args(words)
    assert (options.name, options.partitions, options.parameters, options.patience) == ("n", 3, ["a=b"], 1.5)


def test_a_parameter_without_a_value_is_refused(profile):
    with pytest.raises(InvalidInput, match="name=value"):
        requested(words(str(profile), parameters=["greeting"]), Record())
