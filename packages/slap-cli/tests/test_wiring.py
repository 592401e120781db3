"""Every provider of the container makes what it says."""

import os
import subprocess
import sys

import pytest

from slap_cli.wiring.node import NodeContainer, keep_firewall_running
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


def container(text, tmp_path):
    settings = node_settings(parse_configuration(text.format(root=tmp_path), "slapos.cfg"))
    return NodeContainer(settings=settings, environment=dict(os.environ))


def test_every_provider_makes_something_once(tmp_path):
    node = container(NODE, tmp_path)
    for name, provider in node.providers.items():
        made = provider()
        assert made is not None, name
        assert provider() is made, name
    node.connection().close()


def test_what_is_not_configured_is_not_made(tmp_path):
    text = NODE.partition("manager_list")[0]
    node = container(text, tmp_path)
    assert node.cache() is None
    assert node.firewall() is None
    assert type(node.hooks()).__name__ == "NoHooks"


def test_a_manager_that_nobody_knows_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="manager_list names 'nobody'"):
        container(NODE.replace("prerm", "nobody"), tmp_path).hooks()


def test_the_container_brings_no_framework_with_it():
    program = "import sys, slap_cli.wiring.light_containers; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert not {"yaml", "starlette", "fastapi", "werkzeug"} & set(ran.stdout.split())
    program += "; import yaml, starlette"
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL, timeout=30)


class Supervisor:
    """Remembers what it is told to run."""

    def __init__(self):
        self.running = False
        self.daemons = {}

    def ensure_running(self):
        self.running = True

    def deploy_daemon(self, name, program):
        assert self.running
        self.daemons[name] = program and program.command


def test_the_firewall_that_the_configuration_names_runs_until_it_names_it_no_more(tmp_path):
    supervisor = Supervisor()
    text = NODE + "firewall_executable = /usr/sbin/firewalld --nofork\n"
    keep_firewall_running(container(text, tmp_path).settings(), supervisor)
    assert supervisor.daemons == {"dbus": None, "firewall": ("/usr/sbin/firewalld", "--nofork")}
    keep_firewall_running(container(NODE.partition("[firewall]")[0], tmp_path).settings(), supervisor)
    assert supervisor.daemons == {"dbus": None, "firewall": None}
