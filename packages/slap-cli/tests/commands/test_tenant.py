"""The commands of a tenant, over HTTP, against the real master in this process."""

import json
import re

import pytest


def answer(ran):
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def stored(slapos, name):
    """Return the parameters that the master keeps for a service."""
    return answer(slapos("service", "info", name))["instance-parameters"]


def test_a_new_tenant_has_nothing(world, slapos):
    assert answer(slapos("service", "list")) == {}
    assert slapos("list", "--format", "table").out == "no services; `slapos request` makes one\n"


def test_a_release_is_supplied_by_alias_path_url_and_product_and_removed(world, slapos):
    for named, meant in (
        ("plain", world.unchecked),
        (str(world.checked), world.checked),
        ("http://127.0.0.1:9/software.cfg", "http://127.0.0.1:9/software.cfg"),
        ("product.web", world.unchecked),
    ):
        ran = slapos("supply", named, "COMP-1")
        assert ran.status == 0
        assert ran.err == f"{meant} will be installed on COMP-1 at its next `slapos node software`\n"
    ran = slapos("remove", "plain", "COMP-1")
    assert ran.err == f"{world.unchecked} will be removed from COMP-1 at its next `slapos node software`\n"


def test_a_computer_id_that_cannot_be_is_refused_before_asking(world, slapos):
    ran = slapos("supply", "plain", "../etc")
    assert ran.status == 1
    assert "error: computer id '../etc' is not valid" in ran.err


def test_a_request_as_a_table(world, slapos):
    ran = slapos("request", "one", "plain", "--format", "table")
    assert ran.out == "state: started\nwhere: slappart0 on COMP-1\nconnection parameters: none yet\n"


def test_a_list_as_a_table(world, slapos):
    slapos("request", "one", "plain")
    ran = slapos("service", "list", "--format", "table")
    assert ran.out.splitlines() == [
        "service  shared  software release",
        f"one      no      {world.unchecked}",
    ]


def test_a_list_tells_two_services_of_one_title_apart(world, slapos):
    slapos("request", "host", "plain")
    slapos("request", "one", "plain", "--slave")
    slapos("request", "one", "plain")
    release = str(world.unchecked)
    assert answer(slapos("service", "list")) == {
        "host": release,
        "one": [{"shared": False, "software-url": release}, {"shared": True, "software-url": release}],
    }
    rows = slapos("service", "list", "--format", "table").out.splitlines()[1:]
    assert [row.split()[:2] for row in rows] == [["host", "no"], ["one", "no"], ["one", "yes"]]
    assert slapos("complete", "--values", "services").out == "host\none\n"


def test_the_releases_schema_decides_how_parameters_are_written(world, slapos):
    slapos("request", "one", "checked", "--parameters", "count=3", "greeting=hi")
    assert stored(slapos, "one") == {"_": {"count": 3, "greeting": "hi"}}


def test_a_type_may_have_another_serialisation(world, slapos):
    slapos("request", "one", "checked", "--type", "plain", "--parameters", "count=3")
    assert stored(slapos, "one") == {"count": "3"}


def test_the_serialisation_may_be_forced(world, slapos):
    slapos("request", "one", "plain", "--force-serialisation", "json-in-xml", "--parameters", "a=1")
    slapos("request", "two", "checked", "--force-serialisation", "xml", "--parameters", "count=1")
    assert stored(slapos, "one") == {"_": {"a": "1"}}
    assert stored(slapos, "two") == {"count": "1"}


def test_parameters_that_do_not_meet_the_schema_are_not_sent(world, slapos):
    ran = slapos("request", "one", "checked", "--parameters", "count=many", "colour=red")
    assert ran.status == 1
    assert "error: the parameters do not meet the schema of the release:" in ran.err
    assert "  $.count: 'many' is not of type 'integer'" in ran.err
    assert f"hint: the schema is {world.directory}/input.json" in ran.err
    assert answer(slapos("service", "list")) == {}


def test_a_request_of_what_is_stopped_says_that_it_stays_so(world, slapos):
    slapos("request", "one", "plain", "--state", "stopped")
    ran = slapos("request", "one", "plain")
    assert ran.err == "one is requested, and stays stopped; --state started starts it\n"


def test_a_request_of_what_is_being_destroyed_says_that_it_stays_so(world, slapos):
    slapos("request", "one", "plain")
    slapos("request", "one", "plain", "--state", "destroyed")
    ran = slapos("request", "one", "plain", "--wait")
    assert ran.status == 0
    assert ran.err == ("one is being destroyed, and stays so; --state started keeps it\none: destroyed\n")
    assert answer(slapos("request", "one", "plain", "--state", "started"))["state"] == "started"


def test_a_request_that_drops_parameters_names_them(world, slapos):
    slapos("request", "one", "checked", "--parameters", "count=3", "greeting=secret")
    ran = slapos("request", "one", "checked", "--state", "stopped")
    assert ran.err.startswith(
        "warning: one had the parameters count, greeting, which it has no longer, since a request gives all "
        "of them; to have what is gone again, add --parameters count=VALUE greeting=VALUE\n"
    )
    assert "secret" not in ran.err
    assert stored(slapos, "one") == {"_": {}}
    assert "warning" not in slapos("request", "one", "checked").err


def test_a_request_that_empties_nested_parameters_says_that_a_file_gives_them(world, slapos):
    (world.directory / "nested.json").write_text('{"a": [1], "b": "x"}')
    forced = ("--force-serialisation", "json-in-xml")
    slapos("request", "one", "plain", *forced, "--parameters-file", str(world.directory / "nested.json"))
    ran = slapos("request", "one", "plain", *forced)
    assert "to have what is gone again, add --parameters-file with a, b\n" in ran.err


def test_a_request_that_goes_back_to_the_default_type_says_how_to_keep_the_other(world, slapos):
    slapos("request", "one", "plain", "--type", "my kind")
    ran = slapos("request", "one", "plain")
    assert ran.err.startswith(
        "warning: one had the software type my kind, and has the default one now, since a request without "
        "--type asks for that; to have the former again, add --type 'my kind'\n"
    )
    assert answer(slapos("service", "info", "one"))["software-type"] == "default"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("--type", "special"), ("--type", "default")),
        (("--type", "special"), ("--type", "special")),
        (("--type", "special"), ("--state", "destroyed")),
        (("--type", "RootSoftwareInstance"), ()),
    ],
)
def test_a_type_that_is_given_again_or_is_no_other_is_not_warned_of(world, slapos, before, after):
    slapos("request", "one", "plain", *before)
    assert "warning" not in slapos("request", "one", "plain", *after).err


def test_a_shared_instance_loses_nothing_of_another_of_its_title(world, slapos):
    slapos("request", "one", "plain", "--parameters", "a=1")
    assert "warning" not in slapos("request", "one", "plain", "--slave").err


def test_a_name_that_is_given_twice_is_told_and_the_last_value_counts(world, slapos):
    ran = slapos("request", "one", "plain", "--parameters", "a=1", "b=2", "--parameters", "a=secret")
    assert "warning: --parameters: a is given more than once; the last value counts\n" in ran.err
    assert "secret" not in ran.err
    assert stored(slapos, "one") == {"a": "secret", "b": "2"}
    assert "warning" not in slapos("request", "one", "plain", "--parameters", "a=1", "a=1", "b=2").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("on\udcffe", "plain"), "error: instance title 'on\\udcffe' is not UTF-8 text\n"),
        (
            ("one", "plain", "--parameters", "a=\udcff"),
            "error: --parameters: 'a' or its value is not UTF-8 text\n",
        ),
    ],
)
def test_what_is_no_text_is_told_so(world, slapos, words, message):
    ran = slapos("request", *words)
    assert ran.status == 1
    assert message in ran.err


@pytest.mark.parametrize("words", [("--parameters", "greeting=x", "count=1"), ("--state", "destroyed")])
def test_a_request_that_gives_all_parameters_or_destroys_warns_of_nothing(world, slapos, words):
    slapos("request", "one", "checked", "--parameters", "count=3", "greeting=hi")
    assert "warning" not in slapos("request", "one", "checked", *words).err


def test_a_release_named_by_a_file_url_is_checked_and_written_as_it_says(world, slapos):
    url = world.checked.as_uri()
    refused = slapos("request", "one", url, "--parameters", "count=many")
    assert refused.status == 1
    assert "$.count: 'many' is not of type 'integer'" in refused.err
    slapos("request", "one", url, "--parameters", "count=3")
    assert stored(slapos, "one") == {"_": {"count": 3}}


def test_a_software_type_that_is_not_declared_is_not_sent(world, slapos):
    ran = slapos("request", "one", "checked", "--type", "plane")
    assert ran.status == 1
    assert ran.err == (
        "error: the release has no software type 'plane'\n"
        f"hint: did you mean plain? {world.checked}.json declares default, plain\n"
    )
    assert answer(slapos("service", "list")) == {}


def test_a_destroyed_service_leaves_the_list(world, slapos):
    slapos("request", "one", "plain")
    assert answer(slapos("request", "one", "plain", "--state", "destroyed"))["state"] == "destroyed"


def test_destroying_what_is_not_there_is_no_failure(world, slapos):
    ran = slapos("request", "never", "plain", "--state", "destroyed")
    assert answer(ran)["state"] == "destroyed"
    assert ran.err == "there is no never: nothing is destroyed\n"


def test_an_unknown_state_is_a_usage_error(world, slapos):
    ran = slapos("request", "one", "plain", "--state", "paused")
    assert ran.status == 5
    assert "invalid choice: 'paused'" in ran.err


def test_a_service_is_described(world, slapos):
    slapos("request", "one", "plain", "--type", "special", "--parameters", "a=1")
    assert answer(slapos("service", "info", "one")) == {
        "connection-parameters": {},
        "instance-parameters": {"a": "1"},
        "requested-state": "started",
        "shared": False,
        "software-type": "special",
        "software-url": str(world.unchecked),
        "status": answer(slapos("info", "one"))["status"],
    }


def test_a_service_is_described_for_people(world, slapos):
    slapos("request", "one", "plain", "--parameters", "a=1", "b=2")
    lines = slapos("info", "one", "--format", "table").out.splitlines()
    assert lines[:4] == [
        f"software-url: {world.unchecked}",
        "software-type: default",
        "shared: no",
        "requested-state: started",
    ]
    assert "instance-parameters:" in lines
    assert "  a: 1" in lines
    assert "connection-parameters: none" in lines


def test_what_is_nested_is_shown_as_json(world, slapos):
    words = ("one", "plain", "--force-serialisation", "json-in-xml", "--parameters", "a=é", "b=2")
    slapos("request", *words)
    assert '  _: {"a": "é", "b": "2"}' in slapos("info", "one", "--format", "table").out.splitlines()


def test_news_are_added_when_asked_for(world, slapos):
    slapos("request", "one", "plain")
    assert isinstance(answer(slapos("service", "info", "one", "--news"))["news"], list)


def test_a_service_that_is_not_there_ends_with_2(world, slapos):
    ran = slapos("service", "info", "nothing")
    assert ran.status == 2
    assert ran.err == "error: there is no service 'nothing'\nhint: run `slapos service list` to see yours\n"


def test_computers_are_listed_and_described(world, slapos):
    assert slapos("computer", "list").out.splitlines()[0].split() == ["Reference", "Title"]
    assert answer(slapos("computer", "list", "--format", "json")).keys() == {"COMP-1"}
    assert slapos("computer", "info", "COMP-1").out.startswith("Computer Reference: COMP-1\nComputer Title: ")
    assert answer(slapos("computer", "info", "COMP-1", "--format", "json"))["reference"] == "COMP-1"


def test_values_for_shells(world, slapos):
    slapos("request", "My Service", "plain")
    assert slapos("complete", "--values", "services").out == "My Service\n"
    assert slapos("complete", "--values", "computers").out == "COMP-1\n"
    assert slapos("complete", "--values", "processes").out == ""
    assert "node status\n" in slapos("complete", "--values", "commands").out


def test_a_master_that_is_away_is_named(slapos, tmp_path):
    configuration = tmp_path / "away.cfg"
    configuration.write_text("[slapos]\nmaster_url = http://127.0.0.1:9/\n")
    ran = slapos("service", "list", "--cfg", str(configuration))
    assert ran.status == 1
    assert ran.err.startswith("error: http://127.0.0.1:9/getHateoasUrl: connection refused\nhint: ")


def test_quiet_says_only_what_is_wrong(world, slapos):
    assert slapos("-q", "supply", "plain", "COMP-1").err == ""
    assert slapos("supply", "plain", "../x", "-q").err.startswith("error: ")


def test_the_log_file_tells_what_was_asked_of_the_master(world, slapos):
    path = world.directory / "slapos.log"
    slapos("request", "one", "plain", "--parameters", "password=hidden", "--log-file", str(path))
    text = path.read_text()
    assert re.search(
        rf"DEBUG POST {world.url.rstrip('/')}/requestComputerPartition answered 200 in \d+ ms", text
    )
    assert "hidden" not in text


def test_a_log_file_that_cannot_be_written_is_named(world, slapos):
    ran = slapos("supply", "plain", "COMP-1", "--log-file", str(world.directory))
    assert ran.status == 1
    assert ran.err.startswith(f"error: cannot write the log file {world.directory}: Is a directory\nhint: ")
