"""slap-domain stands alone: no dependency, no I/O, and its fakes work where nothing else is installed."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "packages" / "slap-domain"
# An interpreter without any installed package sees the sources of the domain, and nothing else.
ALONE = """
import pkgutil, importlib, sys
sys.path.insert(0, sys.argv[1])
import slap_domain
for module in pkgutil.walk_packages(slap_domain.__path__, "slap_domain."):
    importlib.import_module(module.name)
foreign = {"socket", "subprocess", "sqlite3", "http.client", "shutil", "ssl", "asyncio", "multiprocessing"}
print(sorted(foreign & set(sys.modules)))
"""
AUTHOR = """
import sys
sys.path[:0] = sys.argv[1:]
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import instance_title, software_url
from slap_domain.testing.in_memory_master import InMemoryMaster

master = InMemoryMaster().with_computer("mine", "slappart0")
request = InstanceRequest(
    title=instance_title("web"),
    release=software_url("https://example.com/software.cfg"),
    parameters={"port": "80"},
)
print(master.tenants.request(request).parameters["port"])
"""


def isolated(program: str, *arguments: str | Path) -> str:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_it_declares_no_dependency():
    assert tomllib.loads((DOMAIN / "pyproject.toml").read_text())["project"]["dependencies"] == []


def test_nothing_in_it_imports_what_does_io():
    assert isolated(ALONE, DOMAIN / "src") == "[]"


def test_a_recipe_author_reads_parameters_in_a_unit_test():
    assert isolated(AUTHOR, DOMAIN / "src") == "80"


@pytest.mark.index
def test_pip_installs_it_and_nothing_else(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path, DOMAIN], check=True
    )
    installed = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert installed == {"slap_domain"}
    assert isolated(AUTHOR, tmp_path) == "80"
