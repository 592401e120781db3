"""Steps about what a node has when its operator's commands are told something."""

from features.worlds.command_line import eventually
from pytest_bdd import given, parsers, then

from slap_domain.model.references import software_url
from slap_domain.model.software_release import release_directory_name

NOTHING = "[buildout]\nparts =\n"


def place(computer):
    return computer.shell.directory


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def bare_directory(computer):
    return release_directory_name(software_url(str(place(computer) / "bare.cfg")))


@given("a profile bare.cfg that makes nothing")
def _(computer):
    (place(computer) / "bare.cfg").write_text(NOTHING)


@given("a release that makes nothing is built, and web is requested")
def _(computer):
    (place(computer) / "bare.cfg").write_text(NOTHING)
    for run, words in (
        (computer.operator_runs, "node format"),
        (computer.tenant_runs, "supply BARE COMPUTER"),
        (computer.operator_runs, "node software"),
        (computer.tenant_runs, "request web BARE"),
    ):
        run(words)
        assert computer.shell.last.status == 0, computer.shell.last.err
    (computer.software_root / bare_directory(computer) / "instance.cfg").write_text(NOTHING)


@given("a release that nothing needs lies beside it")
def _(computer):
    stray = computer.software_root / ("a" * 32)
    stray.mkdir()
    (stray / "buildout.cfg").touch()


@given("slapos.cfg names a binary cache to send to")
def _(computer):
    cache = f"{computer.url}/shacache"
    with computer.configuration.open("a") as file:
        file.write(
            f"\n[networkcache]\nupload-binary-cache-url = {cache}/cache\n"
            f"upload-binary-dir-url = {cache}/dir\n"
        )


@given("slappart0 has a service")
def _(computer):
    program(computer.partition() / "etc" / "service" / "web", "#!/bin/sh\nexec sleep 1000\n")


@given("slappart0 has a promise that its release runs")
def _(computer):
    program(computer.partition() / "etc" / "plugin" / "asked.py", "nothing")


@given("below other lies the release with a Python that is not there")
def _(computer):
    folder = place(computer) / "other" / bare_directory(computer)
    program(folder / "bin" / "buildout", "#!/no/python\n")


@given("two shared parts, of which a release elsewhere uses one", target_fixture="parts")
def _(computer):
    shared, release = place(computer) / "shared", place(computer) / "elsewhere" / "release"
    used, unused = shared / "part" / ("a" * 32), shared / "part" / ("b" * 32)
    for folder in (used, unused, release):
        folder.mkdir(parents=True)
    (release / ".installed.cfg").write_text(f"x = {used}\n")
    text = computer.configuration.read_text()
    computer.configuration.write_text(
        text.replace("[slapformat]", f"shared_part_list = {shared}\n[slapformat]")
    )
    return used, unused


@then(parsers.parse("there is no directory {name}"))
def _(shell, name):
    assert not (shell.directory / name).exists()


@then(parsers.parse("there is a directory {name}"))
def _(shell, name):
    assert (shell.directory / name).is_dir()


@then("no service of slappart0 runs")
def _(computer):
    assert [one for one in computer.shell.processes() if one.name() == "sleep"] == []


@then("it prints the unused part")
def _(computer, parts):
    assert computer.shell.last.out == f"{parts[1]}\n"


@then("both parts are there")
def _(parts):
    assert all(part.exists() for part in parts)


@then("only the used part is there")
def _(parts):
    assert [part.exists() for part in parts] == [True, False]


@then("what was started is the supervisor")
def _(computer):
    started = computer.shell.running[-1]
    pid_file = place(computer) / "instance" / "var" / "run" / "supervisord.pid"
    eventually(lambda: pid_file.exists() and pid_file.read_text())
    assert started.poll() is None
    assert int(pid_file.read_text()) == started.pid
