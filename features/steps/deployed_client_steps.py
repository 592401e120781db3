"""Steps about clients of the existing implementation that speak to our master."""

import os
import subprocess
from pathlib import Path

import pytest
from features.worlds.former_implementation import install_former_implementation
from features.worlds.served_master import COMPUTER, RELEASE
from pytest_bdd import parsers, then, when

LIFE = Path(__file__).parent.parent / "worlds" / "life_of_an_instance.py"
CLIENT_SECONDS = 120


@pytest.fixture(scope="session")
def former_environment(tmp_path_factory):
    return install_former_implementation(tmp_path_factory.mktemp("former"))


@pytest.fixture
def environment_of(request):
    def find(version):
        if version == "1.6.10":
            return request.getfixturevalue("former_environment")
        return request.getfixturevalue("existing_implementation").folder

    return find


@pytest.fixture
def ran():
    return {}


def run(words, directory, ran):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_SECONDS,
        cwd=directory,
        env={"HOME": str(directory), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    ran.update(status=done.returncode, said=done.stdout + done.stderr)


@when(parsers.parse("the client {version} runs: {words}"))
def _(master, environment_of, tmp_path, ran, version, words):
    configuration = tmp_path / "client.cfg"
    configuration.write_text(f"[slapos]\nmaster_url = {master.url}\n[slapconsole]\n", encoding="utf-8")
    words = words.replace("RELEASE", RELEASE).split(" ")
    command = 2 if words[0] in {"service", "computer"} else 1
    slapos = environment_of(version) / "bin" / "slapos"
    run([slapos, *words[:command], "--cfg", configuration, *words[command:]], tmp_path, ran)


@when(parsers.parse("the library {version} lives the life of an instance"))
def _(master, environment_of, tmp_path, ran, version):
    run([environment_of(version) / "bin" / "python", LIFE, master.url, RELEASE, COMPUTER], tmp_path, ran)


@then("the client succeeds")
def _(ran):
    assert ran["status"] == 0, ran["said"]


@then("the client fails")
def _(ran):
    assert ran["status"] != 0, ran["said"]


@then(parsers.parse('the client says "{text}"'))
def _(ran, text):
    assert text in ran["said"]
