"""Steps about the words of the command line, and what tenants ask with them."""

import json
import shlex
from pathlib import Path

from pytest_bdd import given, parsers, then, when

CONTRACT = json.loads(
    (Path(__file__).parents[2] / "packages/slap-cli/tests/cli.json").read_text(encoding="utf-8")
)["commands"]
SCHEMA = {"type": "object", "properties": {"count": {"type": "integer"}}}


@when(parsers.re(r"somebody types: slapos ?(?P<words>.*)"))
def _(shell, words):
    shell.run(*shlex.split(words))


@given(parsers.parse("slapos-client.cfg in the home directory says: {text}"))
def _(shell, text):
    folder = shell.directory / ".slapos"
    folder.mkdir()
    (folder / "slapos-client.cfg").write_text("\n".join(text.split(" ")) + "\n")


@then(parsers.parse('it lists the groups "{one}", "{two}" and "{three}"'))
def _(shell, one, two, three):
    places = [shell.last.out.index(f"\n{group}:\n") for group in (one, two, three)]
    assert places == sorted(places)


@then("it lists every command of the contract")
def _(shell):
    listed = {line[2:].split("  ")[0] for line in shell.last.out.splitlines() if line.startswith("  ")}
    assert {command for command in CONTRACT if command} <= listed


@then("every command of the contract explains itself, by --help and by help")
def _(shell):
    for command in filter(None, CONTRACT):
        by_option = shell.run(*command.split(), "--help")
        by_help = shell.run("help", *command.split())
        assert by_option.status == by_help.status == 0
        assert by_option.out == by_help.out


@then("every option of the contract is explained")
def _(shell):
    for command, words in CONTRACT.items():
        explained = shell.run(*command.split(), "--help").out.replace(",", " ").replace("[", " ").split()
        missing = {*words["seed"], *words["later"]} - set(explained)
        assert missing == set(), command


# These make a configuration, or a node without one.
MAKERS = {"configure client", "configure local", "node register"}
OPTIONAL = {"<instance>:[process]", "...", "script_file"}


@then("every command of the contract that takes --cfg says when the file that it names is missing")
def _(shell):
    for command, words in CONTRACT.items():
        if "--cfg" in (*words["seed"], *words["later"]) and command not in MAKERS:
            names = [
                "x" for name in words["positionals"] if name[0] not in "<.s" or name.startswith("software")
            ]
            ran = shell.run(*command.split(), *names, "--cfg", shell.directory / "none.cfg")
            assert ran.status == 1, command
            assert f"{shell.directory}/none.cfg: no such configuration file" in ran.err


@given("the operator has formatted the computer")
def _(computer):
    computer.operator_runs("node format --now")
    assert computer.shell.last.status == 0, computer.shell.last.err


@given(parsers.parse("the client knows the alias {name} for the release"))
def _(computer, name):
    client = computer.shell.directory / "slapos-client.cfg"
    client.write_text(f"{client.read_text()}[slapconsole]\nalias =\n  {name} {computer.release}\n")


@given("the release has a schema in which count is a number, written as json-in-xml")
def _(computer):
    document = {"serialisation": "json-in-xml", "software-type": {"default": {"request": "input.json"}}}
    computer.release.with_name("software.cfg.json").write_text(json.dumps(document))
    computer.release.with_name("input.json").write_text(json.dumps(SCHEMA))


@given(parsers.parse("a file {name} that says: {text}"))
def _(shell, name, text):
    (shell.directory / name).write_text(text)


@when(parsers.parse("the tenant requests {title} with {words}"))
def _(computer, title, words):
    configuration = computer.shell.directory / "slapos-client.cfg"
    computer.shell.run("request", title, "hello", *shlex.split(words), "--cfg", configuration)


@then(parsers.parse("it prints the state {state}"))
def _(shell, state):
    assert json.loads(shell.last.out)["state"] == state


@then(parsers.parse("it prints the requested state {state}"))
def _(shell, state):
    assert json.loads(shell.last.out)["requested-state"] == state


@then(parsers.parse("it prints the status {status}"))
def _(shell, status):
    assert json.loads(shell.last.out)["status"] == status


@then(parsers.parse("it lists the service {title}"))
def _(shell, title):
    assert title in json.loads(shell.last.out)


@then("it lists no service")
def _(shell):
    assert json.loads(shell.last.out) == {}


@then(parsers.parse("the parameters of {title} are {document}"))
def _(computer, title, document):
    computer.tenant_runs(f"service info {title}")
    assert json.loads(computer.shell.last.out)["instance-parameters"] == json.loads(document)


@then(parsers.parse('the file {name} says "{text}"'))
def _(shell, name, text):
    assert text in (shell.directory / name).read_text()


@then("nothing is said")
def _(shell):
    assert shell.last.err == ""
