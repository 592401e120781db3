"""No module is a drawer for whatever did not fit elsewhere, and packages start empty."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "service", "base", "misc", "core"}
SOURCES = sorted((ROOT / "packages").glob("*/src/**/*.py"))


def ours(path: Path) -> bool:
    """Names below `slapos` are published ones: not ours to choose."""
    return "slapos" not in path.relative_to(ROOT).parts


def test_no_module_is_a_drawer():
    assert SOURCES
    assert [path for path in SOURCES if ours(path) and path.stem in DRAWERS] == []


def test_no_folder_is_a_drawer():
    assert [path.parent for path in SOURCES if ours(path) and path.parent.name in DRAWERS] == []


def test_package_init_modules_are_empty():
    filled = [
        path for path in SOURCES if ours(path) and path.name == "__init__.py" and path.read_text().strip()
    ]
    assert filled == []


def test_the_slapos_namespace_belongs_to_nobody():
    assert list((ROOT / "packages").glob("*/src/slapos/__init__.py")) == []
