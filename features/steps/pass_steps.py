"""Steps about what all passes of a node have in common."""

from pytest_bdd import parsers, then, when

PASSES = ("software", "instance", "report", "promise")


@when("the operator runs each of:", target_fixture="passes")
def _(computer, datatable):
    ran = {}
    for (words,) in datatable:
        computer.operator_runs(words)
        ran[words.split()[1]] = computer.shell.last
    return ran


@then(parsers.parse("each ends with status {status:d}"))
def _(passes, status):
    assert {name: (ran.status, ran.err) for name, ran in passes.items() if ran.status != status} == {}


@then(parsers.parse('each says "{words}"'))
def _(passes, words):
    assert {name: ran.err for name, ran in passes.items() if words not in ran.err} == {}


@then(parsers.parse('none says "{words}"'))
def _(passes, words):
    assert {name: ran.err for name, ran in passes.items() if words in ran.err} == {}


@then(parsers.parse("each explains that {options} are without effect"))
def _(passes, options):
    for ran in passes.values():
        explained = " ".join(ran.out.split())
        for option in options.split(", "):
            help_of_option = explained.split(f" {option} ")[-1]
            assert "accepted for compatibility, without effect" in help_of_option[:120], option


@then(parsers.parse("all but node {exception} explain that {option} is without effect"))
def _(passes, exception, option):
    assert _without_effect(passes, option) == set(PASSES) - {exception}


@then(parsers.parse("only node {name} explains that {option} is without effect"))
def _(passes, name, option):
    assert _without_effect(passes, option) == {name}


def _without_effect(passes, option):
    said = f"{option.upper().strip('-').replace('-', '_')} accepted for compatibility, without effect here: "
    return {name for name, ran in passes.items() if said in " ".join(ran.out.split())}


@then(parsers.parse("the release is built below {folder}"))
def _(computer, folder):
    (built,) = (computer.shell.directory / folder).iterdir()
    assert (built / ".completed").exists()
