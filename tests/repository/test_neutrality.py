"""The repository names no package index and no place of the machine it was written on."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Written in pieces: this file is tracked too.
INDEX_HOSTS = re.compile(r"py" + r"pi\.org|pythonhosted" + r"\.org|/simple" + r"/\"|registry\.npm" + r"js")
WRITTEN = {".py", ".md", ".toml", ".cfg", ".feature"}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work" + r"|root/\.pyenv)/")


def documents() -> list[Path]:
    """All tracked files; in a copy without git, all files of the kinds that people write."""
    if (ROOT / ".git").exists():
        run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [ROOT / name for name in run.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if path.suffix in WRITTEN and ".venv" not in path.parts]
    # uv rewrites the lock in the work tree; what is committed of it is test_lock's matter.
    return [path for path in paths if path.is_file() and path.name != "uv.lock"]


def matching(pattern: re.Pattern[str], texts: dict[str, str]) -> dict[str, str]:
    return {name: match.group() for name, text in texts.items() if (match := pattern.search(text))}


def test_patterns_find_what_they_look_for():
    lines = {"one": "https://py" + "pi.org/x", "two": "cd /wo" + "rk/main", "three": "framework/x"}
    assert set(matching(INDEX_HOSTS, lines)) == {"one"}
    assert set(matching(MACHINE_PATHS, lines)) == {"two"}


def test_no_file_names_an_index_or_this_machine():
    texts = {str(path.relative_to(ROOT)): path.read_text(errors="replace") for path in documents()}
    assert len(texts) > 10
    assert matching(INDEX_HOSTS, texts) == {}
    assert matching(MACHINE_PATHS, texts) == {}
