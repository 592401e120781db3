"""Modules and functions stay small enough to be read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_LINES = 400
# A test module is read a test at a time.
TEST_MODULE_LINES = 600
FUNCTION_LINES = 50
SOURCES = sorted(
    path
    for folder in ("packages", "features", "tests", "tools", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.py")
    if ".venv" not in path.parts
)


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_and_its_functions_are_within_budget(path):
    text = path.read_text()
    too_long = {
        function.name: length(function)
        for function in functions(ast.parse(text))
        if length(function) > FUNCTION_LINES
    }
    limit = TEST_MODULE_LINES if path.name.startswith("test_") else MODULE_LINES
    assert (max(0, len(text.splitlines()) - limit), too_long) == (0, {})


def test_a_long_function_is_seen():
    source = "def long():\n" + "    x = 1\n" * FUNCTION_LINES
    assert [length(function) for function in functions(ast.parse(source))] == [FUNCTION_LINES + 1]
