"""Rewrite a uv.lock from standard input so that it names no package index (a git clean filter)."""

import re
import sys

_REGISTRY = re.compile(r'registry = "[^"]*"')
_URL = re.compile(r'url = "[^"]*/([^"/]+)"')


def neutral(lock: str) -> str:
    """Return the lock with registries and file URLs reduced to names; hashes stay."""
    return _URL.sub(r'path = "\1"', _REGISTRY.sub('registry = "index"', lock))


if __name__ == "__main__":
    sys.stdout.write(neutral(sys.stdin.read()))
