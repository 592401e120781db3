"""Scenarios share one set of steps: each text and fixture means one thing, and each folder is bound once."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

FEATURES = Path(__file__).parents[2] / "features"
STEPS = sorted((FEATURES / "steps").glob("*.py"))
ACTORS = sorted(path.name for path in FEATURES.iterdir() if list(path.glob("*.feature")))


def decorated(kind: str) -> Counter[str]:
    """Return how often each name, or text, is given by a decorator of a kind."""
    found: Counter[str] = Counter()
    for path in STEPS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                words = [ast.unparse(decorator) for decorator in node.decorator_list]
                if kind == "fixture":
                    found.update([node.name] if any("pytest.fixture" in word for word in words) else [])
                else:
                    found.update(
                        word.partition(", target_fixture")[0] for word in words if word.startswith(kind)
                    )
    return found


@pytest.mark.parametrize("kind", ["fixture", "given(", "when(", "then("])
def test_each_means_one_thing(kind):
    found = decorated(kind)
    assert found
    assert {name: times for name, times in found.items() if times > 1} == {}


def test_each_actor_is_bound_by_one_test_module():
    bound = Counter(
        actor
        for path in FEATURES.glob("test_*.py")
        for actor in re.findall(r"scenarios\(\"(\w+)\"\)", path.read_text())
    )
    assert bound == dict.fromkeys(ACTORS, 1)
