"""Binds what tenants do."""

import re
from pathlib import Path

from features.test_tenant_on_existing_master import FEATURES, LEFT_OUT
from pytest_bdd import scenarios

scenarios("tenant")


def test_what_is_not_run_against_the_existing_master_is_counted():
    files = {f"tenant/{path.name}": path for path in Path(__file__).parent.glob("tenant/*.feature")}
    counted = {
        name: len(re.findall(r"^ *Scenario(?: Outline)?:", path.read_text(encoding="utf-8"), re.MULTILINE))
        for name, path in files.items()
        if name not in FEATURES
    }
    assert counted == {name: count for name, (count, _) in LEFT_OUT.items()}
