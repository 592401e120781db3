"""Every port has a fake and a contract suite, and neither needs a test framework."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import slap_domain.ports
import slap_domain.testing

# What a registry gives out are parts of one conversation, and proved with it.
PARTS_OF_THE_REGISTRY = "slap_domain.ports.registry"


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(module.name)


def classes(package: ModuleType) -> list[type]:
    return [
        found
        for module in modules(package)
        for found in vars(module).values()
        if inspect.isclass(found) and found.__module__ == module.__name__
    ]


def ports() -> list[type]:
    return [
        found
        for found in classes(slap_domain.ports)
        if getattr(found, "_is_protocol", False)
        and (found.__module__ != PARTS_OF_THE_REGISTRY or found.__name__ == "Registry")
    ]


def methods(port: type) -> set[str]:
    return {name for name in vars(port) if not name.startswith("_") and callable(getattr(port, name))}


def offered(master: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(master, callable)}


@pytest.mark.parametrize("port", ports(), ids=lambda port: port.__name__)
def test_port_has_a_contract_suite(port):
    names = {found.__name__ for found in classes(slap_domain.testing)}
    assert f"{port.__name__}Contract" in names


@pytest.mark.parametrize("port", ports(), ids=lambda port: port.__name__)
def test_port_has_a_fake(port):
    # The fake of the conversations with a master is the rules themselves, on an in-memory registry.
    candidates = [*classes(slap_domain.testing), *conversations()]
    fakes = [found.__name__ for found in candidates if methods(port) <= offered(found)]
    assert fakes, sorted(methods(port))


def conversations() -> list[type]:
    memory = slap_domain.testing.in_memory_master.InMemoryMaster()
    return [type(memory.tenants), type(memory.nodes), type(memory.hosts), type(memory.instances)]


@pytest.mark.parametrize("module", list(modules(slap_domain.testing)), ids=lambda module: module.__name__)
def test_suites_need_no_test_framework(module):
    assert not {"pytest", "unittest"} & set(vars(module))
