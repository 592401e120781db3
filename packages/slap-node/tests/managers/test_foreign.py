"""A manager that a third party wrote for the existing node works unchanged."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import SuppliedRelease, release_directory_name
from slap_node.managers.chain import managers_of
from slap_node.settings import node_settings

MODULE = """
from zope.interface import implementer
from slapos.manager import interface

CALLS = []

@implementer(interface.IManager)
class Manager(object):
    def __init__(self, config):
        self.greeting = config['manager']['greeter']['greeting']
        self.config = config

    def format(self, computer):
        CALLS.append(('format', computer.reference))

    def formatTearDown(self, computer):
        CALLS.append(('formatTearDown', computer.instance_root))

    def software(self, software):
        CALLS.append(('software', software.url))

    def softwareTearDown(self, software):
        CALLS.append(('softwareTearDown', software.software_path))

    def instance(self, partition):
        with open(partition.instance_path + '/greeting', 'w') as file:
            file.write(self.greeting)
        CALLS.append(('instance', partition.partition_id, partition.getUserGroupId()))

    def instanceTearDown(self, partition):
        raise ValueError(partition.software_release_url)

    def report(self, partition):
        CALLS.append(('report', partition.key_file))
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    folder = tmp_path / "site" / "slapos" / "manager"
    folder.mkdir(parents=True)
    (folder / "greeter.py").write_text(MODULE)
    (folder / "broken.py").write_text("import nothing_of_the_kind\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    for name in [name for name in sys.modules if name.startswith("slapos.manager")]:
        monkeypatch.delitem(sys.modules, name)
    text = f"""
[slapos]
computer_id = COMP-1
master_url = http://127.0.0.1:1
software_root = {tmp_path}/software
instance_root = {tmp_path}/instance
manager_list = greeter

[manager:greeter]
greeting = hello
"""
    return node_settings(parse_configuration(text, "slapos.cfg"), {})


def test_every_hook_reaches_it_with_what_it_reads(settings, programs, partition):
    made = partition()
    chain = managers_of(settings, programs)
    release = SuppliedRelease(url=SoftwareUrl("https://example.com/software.cfg"))
    chain.format_begins()
    chain.format_ended()
    chain.software_begins(release)
    chain.software_ended(release)
    chain.instance_begins(made)
    chain.report(made)
    assert Path(made.place.path / "greeting").read_text() == "hello"
    assert [
        ("format", "COMP-1"),
        ("formatTearDown", f"{settings.instance_root}"),
        ("software", "https://example.com/software.cfg"),
        ("softwareTearDown", f"{settings.software_root}/{release_directory_name(release.url)}"),
        ("instance", "slappart0", (os.geteuid(), os.getegid())),
        ("report", ""),
    ] == sys.modules["slapos.manager.greeter"].CALLS


def test_it_sees_the_partitions_that_are_about_to_be_made(settings, programs, monkeypatch):
    options = {**settings.merged, "partition_amount": "2", "user_base_name": "user"}
    chain = managers_of(replace(settings, merged=options), programs)
    (manager,) = chain._managers
    seen = []
    monkeypatch.setattr(manager._manager, "format", seen.append)
    chain.format_begins()
    assert [(one.reference, one.path, one.user.name) for one in seen[0].partition_list] == [
        ("slappart0", f"{settings.instance_root}/slappart0", "user0"),
        ("slappart1", f"{settings.instance_root}/slappart1", "user1"),
    ]
    assert seen[0].tap_gateway_interface is None


def test_what_it_raises_fails_the_partition(settings, programs, partition):
    made = partition()
    with pytest.raises(HostFailure, match="manager greeter: instanceTearDown failed: ValueError"):
        managers_of(settings, programs).instance_ended(made)


def test_it_may_ask_the_library_about_the_instance(settings, programs, partition, monkeypatch):
    asked = []

    class Slap:
        def initializeConnection(self, url, key, certificate, authority):  # noqa: N802
            asked.append((url, key, certificate, authority))

        def registerComputerPartition(self, computer, name):  # noqa: N802
            return SimpleNamespace(name=f"{computer} {name}")

    monkeypatch.setitem(sys.modules, "slapos.slap", SimpleNamespace(slap=Slap))
    chain = managers_of(settings, programs)
    (manager,) = chain._managers
    monkeypatch.setattr(manager._manager, "instance", lambda one: asked.append(one.computer_partition.name))
    chain.instance_begins(partition())
    assert asked == [("http://127.0.0.1:1", None, None, None), "COMP-1 slappart0"]


def test_options_that_it_does_not_take_are_told(settings, programs):
    with pytest.raises(ConfigurationError, match="manager greeter does not take its options: KeyError"):
        managers_of(replace(settings, managers={}), programs)


def test_a_module_that_does_not_import_is_told(settings, programs):
    with pytest.raises(ConfigurationError, match=r"slapos.manager.broken is no manager: ModuleNotFoundError"):
        managers_of(replace(settings, manager_names=("broken",)), programs)
