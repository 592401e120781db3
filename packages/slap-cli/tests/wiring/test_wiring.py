"""The composition of a node makes what its settings say, and little is imported for it."""

import os
import subprocess
import sys

import pytest

from slap_cli.wiring.node import NodeComposition, keep_firewall_running
from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration
from slap_node.settings import node_settings

NODE = """\
[slapos]
computer_id = COMP-1
master_url = http://127.0.0.1:9/
software_root = {root}/soft
instance_root = {root}/inst
manager_list = prerm portredir
[networkcache]
download-binary-cache-url = http://127.0.0.1:9/cache
download-binary-dir-url = http://127.0.0.1:9/dir
[firewall]
firewall_cmd = firewall-cmd
"""


def composition(text, tmp_path):
    settings = node_settings(parse_configuration(text.format(root=tmp_path), "slapos.cfg"))
    return NodeComposition(settings, dict(os.environ))


def test_everything_that_is_configured_is_made_once(tmp_path):
    node = composition(NODE, tmp_path)
    assert None not in (node.parts.cache, node.parts.firewall, node.promises, node.hosts)
    assert node.parts is node.parts
    assert node.parts.master is node.master
    assert node.parts.cancel is node.cancel
    node.connection.close()


def test_what_is_not_configured_is_not_made(tmp_path):
    parts = composition(NODE.partition("manager_list")[0], tmp_path).parts
    assert (parts.cache, parts.firewall) == (None, None)
    assert type(parts.hooks).__name__ == "NoHooks"


def test_a_manager_that_nobody_knows_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="manager_list names 'nobody'"):
        _ = composition(NODE.replace("prerm", "nobody"), tmp_path).parts


def test_a_pass_imports_nothing_that_it_seldom_needs():
    program = (
        "import sys, slap_cli.reading, slap_cli.wiring.node\n"
        "import slap_domain.use_cases.node.deploy_instances, slap_node.partitions.remains\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    modules = set(ran.stdout.split())
    assert not modules & {
        *("asyncio", "concurrent.futures", "dependency_injector", "html", "httpcore", "httpx", "json"),
        *("lxml", "secrets", "shutil", "ssl", "subprocess", "tempfile"),
    }
    assert not modules & {
        "slap_domain.planning.node.promises",
        "slap_domain.planning.node.supervision",
        "slap_domain.ports.master_for_nodes",
        "slap_domain.ports.process_supervisor",
        "slap_http_adapter.wire.marshal_encoder",
        "slap_node.buildout",
        "slap_node.firewall.settings",
        "slap_node.firewall.routed_addresses",
        "slap_node.promises.checker",
        "slap_node.supervisor.adapter",
        "slap_node.supervisor.rendering",
    }


class Supervisor:
    """Remembers what it is told to run."""

    def __init__(self):
        self.running = False
        self.daemons = {}

    def has_groups(self, names):
        return bool(self.daemons.keys() & set(names))

    def actual(self):
        return self

    def ensure_running(self):
        self.running = True

    def deploy_daemon(self, name, program):
        assert self.running
        self.daemons[name] = program and program.command


def test_the_firewall_that_the_configuration_names_runs_until_it_names_it_no_more(tmp_path):
    supervisor = Supervisor()
    text = NODE + "firewall_executable = /usr/sbin/firewalld --nofork\n"
    keep_firewall_running(composition(text, tmp_path).settings, supervisor)
    assert supervisor.daemons == {"dbus": None, "firewall": ("/usr/sbin/firewalld", "--nofork")}
    keep_firewall_running(composition(NODE.partition("[firewall]")[0], tmp_path).settings, supervisor)
    assert supervisor.daemons == {"dbus": None, "firewall": None}
