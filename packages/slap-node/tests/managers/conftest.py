import os
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.model.addresses import InterfaceAddress
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import Account, PartitionPlace
from slap_domain.model.references import PartitionId
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.node_hooks import hooked
from slap_node.managers.plugin import ManagerContext
from slap_node.programs.processes import Finished


class Programs:
    """Remembers the programs that managers asked for."""

    def __init__(self):
        self.groups = {}
        self.calls = []

    def deploy_extension(self, place, suffix, programs):
        self.groups[f"{place.id}-{suffix}"] = programs

    def deploy_groups(self, place, groups):
        self.groups.update(groups)

    def start(self, partition):
        self.calls.append(f"start {partition}")

    def stop(self, partition):
        self.calls.append(f"stop {partition}")

    def commands(self, group):
        return {program.process_name: program.command for program in self.groups[group]}


class FakeFirewall:
    """Does what firewall-cmd and the reload command do, for the runner of programs."""

    def __init__(self):
        self.rules = []
        self.chains = []
        self.active = []
        self.reloads = 0
        self.answers = {}
        self.absent = []

    def __call__(self, command):
        words = list(command.argv)
        if words == ["reload"] or words[0].endswith("/reload"):
            self.reloads += 1
            self.active = list(self.rules)
            return Finished(status=0, output="ok")
        program, permanent, direct, option, family, table, *rest = words
        assert (program, permanent, direct, family, table) == (
            "firewall-cmd",
            "--permanent",
            "--direct",
            "ipv4",
            "filter",
        )
        if self.absent:
            return self.absent.pop()
        if option in self.answers:
            return self.answers[option]
        return self._do(option, " ".join(rest))

    def _do(self, option, text):
        kind = self.chains if "chain" in option else self.rules
        if option.startswith("--query"):
            known = text in kind
            return Finished(status=0 if known else 1, output="yes\n" if known else "no\n")
        if option == "--remove-rules":
            self.rules[:] = [rule for rule in self.rules if not rule.startswith(f"{text} ")]
        elif option.startswith("--add"):
            assert text not in kind
            kind.append(text)
        else:
            kind.remove(text)
        return Finished(status=0, output="success\n")


@pytest.fixture
def programs():
    return Programs()


@pytest.fixture
def firewall():
    return FakeFirewall()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def context(programs, clock):
    """Return a function that makes what a manager is given."""

    def make(name, **changes):
        return replace(ManagerContext(name=name, programs=programs, clock=clock), **changes)

    return make


@pytest.fixture
def nobody():
    return Account(name="nobody", uid=65534, gid=65534, home=PurePosixPath("/nonexistent"))


@pytest.fixture
def partition(tmp_path):
    """Return a function that makes a partition's directory with files, and its hooked value."""

    def make(files=None, *, state=InstanceState.STARTED, account=None, name="slappart0", **instance):
        path = Path(tmp_path / name)
        path.mkdir(exist_ok=True)
        for file, text in (files or {}).items():
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).write_text(text)
            os.chmod(path / file, 0o755)  # noqa: PTH101
        place = PartitionPlace(id=PartitionId(name), path=PurePosixPath(path), account=account)
        made = hooked(place)
        addresses = (
            InterfaceAddress(interface="slappart0", address="10.0.0.1"),
            InterfaceAddress(interface="lo", address="2001:db8::1"),
        )
        changed = replace(made.assigned.instance, **{"state": state, "addresses": addresses, **instance})
        return replace(made, assigned=replace(made.assigned, instance=changed))

    return make


@pytest.fixture
def free(partition):
    made = partition()
    return replace(made, assigned=replace(made.assigned, instance=None))
