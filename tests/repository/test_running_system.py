"""Nothing below `slap_domain.testing` is loaded by the running system."""

import json
import pkgutil
import subprocess
import sys

import slap_cli
import slap_domain
import slap_http_adapter
import slap_node
import slap_proxy

PACKAGES = (slap_domain, slap_http_adapter, slap_node, slap_proxy, slap_cli)
# A fresh interpreter imports every production module and says what it then has.
PROBE = """
import importlib, json, sys
for name in json.load(sys.stdin):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""
# Modules that act when they are imported are programs, or alembic's environment, not parts.
PROGRAMS = ("__main__", "env")


def production_modules() -> list[str]:
    found = [
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return [
        name
        for name in found
        if not name.startswith("slap_domain.testing") and name.rpartition(".")[2] not in PROGRAMS
    ]


def test_no_production_module_loads_a_fake():
    modules = production_modules()
    assert len(modules) > 20
    run = subprocess.run(
        [sys.executable, "-c", PROBE], input=json.dumps(modules), capture_output=True, text=True, check=True
    )
    loaded = json.loads(run.stdout.splitlines()[-1])
    assert [name for name in loaded if name.startswith("slap_domain.testing")] == []
    assert set(modules) <= set(loaded)
