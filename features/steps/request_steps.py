"""Steps about what a tenant requests, and what the answers say."""

import json

from pytest_bdd import given, parsers, then

SCHEMA = {"type": "object", "properties": {"count": {"type": "integer"}}}


@given(parsers.parse("the client knows the alias {name} for the release"))
def _(computer, name):
    client = computer.shell.directory / "slapos-client.cfg"
    client.write_text(f"{client.read_text()}[slapconsole]\nalias =\n  {name} {computer.release}\n")


@given("the release has a schema in which count is a number, written as json-in-xml")
def _(computer):
    document = {"serialisation": "json-in-xml", "software-type": {"default": {"request": "input.json"}}}
    computer.release.with_name("software.cfg.json").write_text(json.dumps(document))
    computer.release.with_name("input.json").write_text(json.dumps(SCHEMA))


@then(parsers.parse("it prints the state {state}"))
def _(shell, state):
    assert json.loads(shell.last.out)["state"] == state


@then(parsers.parse("it prints the requested state {state}"))
def _(shell, state):
    assert json.loads(shell.last.out)["requested-state"] == state


@then(parsers.parse("it prints the software type {name}"))
def _(shell, name):
    assert json.loads(shell.last.out)["software-type"] == name


@then(parsers.parse("it prints the status {status}"))
def _(shell, status):
    assert json.loads(shell.last.out)["status"] == status


@then(parsers.parse("it lists the service {title}"))
def _(shell, title):
    assert title in json.loads(shell.last.out)


@then(parsers.parse("it lists {title} once as shared, and once as not"))
def _(shell, title):
    rows = [line.split()[:2] for line in shell.last.out.splitlines()]
    assert [shared for found, shared in rows if found == title] == ["no", "yes"]


@then("it lists no service")
def _(shell):
    assert json.loads(shell.last.out) == {}


@then(parsers.parse("the parameters of {title} are {document}"))
def _(computer, title, document):
    computer.tenant_runs(f"service info {title}")
    assert json.loads(computer.shell.last.out)["instance-parameters"] == json.loads(document)
