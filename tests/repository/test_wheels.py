"""The five wheels hold what they should, and together they are one installation."""

import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What each wheel brings: its import packages, as top-level folders.
EXPECTED = {
    "slap_domain": {"slap_domain"},
    "slap_http_adapter": {"slap_http_adapter", "slapos"},
    "slap_node": {"slap_node", "slapos"},
    "slap_proxy": {"slap_proxy"},
    "slap_cli": {"slap_cli"},
}
pytestmark = pytest.mark.index


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("wheels")
    subprocess.run(
        ["uv", "build", "--quiet", "--all-packages", "--wheel", "--out-dir", folder], cwd=ROOT, check=True
    )
    return {path.name.split("-")[0]: zipfile.ZipFile(path).namelist() for path in folder.glob("*.whl")}


def test_each_wheel_brings_its_packages_and_nothing_else(wheels):
    folders = {
        name: {file.split("/")[0] for file in files if ".dist-info/" not in file and ".data/" not in file}
        for name, files in wheels.items()
    }
    assert folders == EXPECTED


def test_no_wheel_owns_the_slapos_namespace(wheels):
    assert [name for name, files in wheels.items() if "slapos/__init__.py" in files] == []


def test_every_module_of_the_sources_is_in_its_wheel(wheels):
    for name, files in wheels.items():
        source = ROOT / "packages" / name.replace("_", "-") / "src"
        modules = {str(path.relative_to(source)) for path in source.rglob("*.py")}
        assert modules - set(files) == set(), name


def test_wheels_are_typed_and_hold_no_test(wheels):
    for name, files in wheels.items():
        assert f"{name}/py.typed" in files
        assert [file for file in files if "/tests/" in file] == []
