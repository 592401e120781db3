"""How much of Python and of ours a command loads, and what that costs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slap_cli.catalogue import COMMANDS
from slap_domain.model.references import ComputerGuid
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings

SLAPOS = Path(sys.executable).with_name("slapos")
# What commands need to run and their help does not; several take a tenth of a bare interpreter's start.
DEAR = {
    *("asyncio", "dataclasses", "difflib", "hashlib", "inspect", "ipaddress", "json", "logging", "pathlib"),
    *("shutil", "socket", "ssl", "subprocess", "traceback", "urllib"),
}


def seconds_of(*words: str | Path) -> float:
    """Return the least time that the processor worked for a program, whatever else the machine did."""
    best = 60.0
    for _ in range(7):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        best = min(best, used.ru_utime + used.ru_stime)
    return best


@pytest.fixture(scope="module")
def bare() -> float:
    return seconds_of(sys.executable, "-c", "pass")


@pytest.mark.parametrize(
    "words",
    ["--version", "--help", "request --help", "help node instance", "complete", "complete --shell fish"],
)
def test_what_is_known_at_once_takes_less_than_4_bare_interpreters(bare, words):
    assert seconds_of(SLAPOS, *words.split()) < 4 * bare


def imported_by(*words: str) -> set[str]:
    """Return the modules that are loaded after a command has run in a fresh interpreter."""
    # A command may become another program at its end; what it has loaded by then is what counts.
    program = (
        "import os, sys\n"
        "from slap_cli.main import main\n"
        "os.execv = lambda *_: 0\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write('\\n'.join(['', *sys.modules]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, check=True
    )
    return set(ran.stderr.splitlines())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_next_to_nothing(option):
    modules = imported_by(option)
    ours = {name for name in modules if name.startswith("slap")}
    assert ours == {
        "slap_cli",
        "slap_cli.main",
        "slap_cli.catalogue",
        "slap_cli.overview",
        "slap_cli.standard_output",
        "slap_cli.version",
    }
    assert not modules & {"argparse", *DEAR}


@pytest.mark.parametrize("command", [*sorted(COMMANDS), "complete --shell zsh", "complete --values commands"])
def test_help_and_completion_import_nothing_that_is_dear(command):
    words = command.split() if command.startswith("complete --") else ["help", *command.split()]
    modules = imported_by(*words)
    assert modules & DEAR == set()
    ours = {
        name for name in modules if name.startswith(("slap_domain", "slap_node", "slap_proxy", "slap_http"))
    }
    assert ours <= {"slap_domain", "slap_domain.errors"}


HEAVY = {
    *("asyncio", "httpcore", "jsonschema", "lxml", "psutil", "pyroute2", "rich"),
    *("shtab", "ssl", "sqlalchemy", "starlette", "supervisor", "uvicorn", "yaml", "zc", "zope"),
}


def heavy_among(modules: set[str]) -> set[str]:
    return HEAVY & {name.partition(".")[0] for name in modules}


@pytest.fixture
def client_of_ours(tmp_path):
    """Serve a master, and name it in the configuration of a client."""
    settings = ProxySettings(port=0, database_uri=str(tmp_path / "proxy.sqlite"), computer=ComputerGuid("C"))
    with running_master(settings) as url:
        configuration = tmp_path / "client.cfg"
        configuration.write_text(f"[slapos]\nmaster_url = {url}\n")
        yield str(configuration)


@pytest.mark.parametrize(
    "words",
    [
        "service list",
        "computer list",
        "supply /x/software.cfg C",
        "request one /x/software.cfg --state destroyed",
    ],
)
def test_a_tenant_imports_the_client_of_a_master_and_no_more(client_of_ours, words):
    modules = imported_by(*words.split(), "--cfg", client_of_ours)
    assert not heavy_among(modules)
    assert not {name for name in modules if name.startswith(("slap_node", "slap_proxy", "slapos"))}


def test_a_bang_imports_nothing_of_formatting(client_of_ours, tmp_path):
    configuration = tmp_path / "slapos.cfg"
    configuration.write_text(
        f"{Path(client_of_ours).read_text()}computer_id = C\n"
        f"instance_root = {tmp_path}/inst\nsoftware_root = {tmp_path}/soft\n"
    )
    modules = imported_by("node", "bang", "--cfg", str(configuration))
    assert "slap_http_adapter.client.hosts" in modules
    assert not heavy_among(modules)
    assert not {name for name in modules if name.startswith(("slap_node.host", "slap_node.supervisor"))}


def test_the_status_of_a_node_imports_neither_client_nor_container(tmp_path):
    configuration = tmp_path / "slapos.cfg"
    configuration.write_text(
        "[slapos]\ncomputer_id = COMP-1\nmaster_url = http://127.0.0.1:9/\nroot_check = false\n"
        f"instance_root = {tmp_path}/inst\nsoftware_root = {tmp_path}/soft\n"
        "forbid_supervisord_automatic_launch = true\n"
    )
    modules = imported_by("node", "status", "--cfg", str(configuration))
    assert heavy_among(modules) <= {"psutil"}  # which launching the daemon would use
    assert not {name for name in modules if name.startswith(("slap_http_adapter", "slap_proxy", "slapos"))}
