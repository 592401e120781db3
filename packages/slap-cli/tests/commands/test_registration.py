"""Becoming known to a master that believes only certificates, and making a machine its own master."""

import io
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from slap_cli.registration.secret_prompt import ask_secret
from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput
from slap_node.supervisor.daemon import SupervisorDaemon
from slap_node.supervisor.layout import SupervisorLayout
from slap_proxy.operator_tokens import make_token
from slap_proxy.server import running_master
from slap_proxy.settings import Trust, TrustMode, default_settings


class TlsMaster:
    """Our own master, believing certificates of its own authority."""

    def __init__(self, url, settings, authority):
        self.url = url
        self._settings = settings
        self.options = ("--master-url", url, "--master-ca-file", str(authority))

    def token(self, kind):
        return make_token(self._settings, kind)


@pytest.fixture
def master(tmp_path, slapos):
    directory = tmp_path / "certificates"
    settings = default_settings({"XDG_STATE_HOME": str(tmp_path / "state")}).with_options(
        port=0, trust=Trust(mode=TrustMode.TLS, directory=directory, host_names=("localhost", "127.0.0.1"))
    )
    with running_master(settings) as url:
        yield TlsMaster(url, settings, directory / "authority.crt")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_client_is_configured_and_then_believed(master, slapos):
    ran = slapos("configure", "client", *master.options, "--token", master.token("user"))
    assert ran.status == 0, ran.err
    directory = slapos.home / ".slapos"
    assert "slapos-client.cfg is written" in ran.err
    assert mode_of(directory / "client.key") == 0o600
    listed = slapos("service", "list")
    assert (listed.status, listed.out) == (0, "{}\n"), listed.err


def test_a_client_that_is_configured_is_left_alone(master, slapos):
    token = master.token("user")
    directory = slapos.home / ".slapos"
    directory.mkdir()
    (directory / "slapos-client.cfg").write_text("mine")
    ran = slapos("configure", "client", *master.options, "--token", token)
    assert ran.status == 1
    assert "exists already" in ran.err
    assert (directory / "slapos-client.cfg").read_text() == "mine"
    elsewhere = slapos.home / "other" / "client.cfg"
    assert (
        slapos("configure", "client", *master.options, "--token", token, "--cfg", str(elsewhere)).status == 0
    )


def test_a_token_works_once(master, slapos, tmp_path):
    token = master.token("user")
    for number, status in ((1, 0), (2, 1)):
        path = tmp_path / f"client{number}" / "client.cfg"
        ran = slapos("configure", "client", *master.options, "--token", token, "--cfg", str(path))
        assert ran.status == status
    assert "error: the master refuses the token" in ran.err
    assert "get a new one" in ran.err


def test_the_token_may_be_typed(master, slapos, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(master.token("user") + "\n"))
    assert slapos("configure", "client", *master.options).status == 0


def test_no_token_at_all_is_refused(master, slapos, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    ran = slapos("configure", "client", *master.options)
    assert ran.status == 1
    assert "error: no credential security token was given" in ran.err
    assert f"hint: get one from {master.options[1]}; " in ran.err


def test_without_the_authority_the_master_is_not_trusted(master, slapos):
    ran = slapos("configure", "client", *master.options[:2], "--token", master.token("user"))
    assert ran.status == 1
    assert "error: " in ran.err
    assert "certificate" in ran.err.lower()


def test_a_computer_is_registered_formatted_and_registered_again(master, slapos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    configuration = tmp_path / "node" / "slapos.cfg"
    options = (
        *("node", "register", "My Computer", "--cfg", str(configuration), *master.options),
        *("--instance-root", str(tmp_path / "inst"), "--software-root", "soft"),
        *("--partition-number", "2", "--interface-name", "lo", "--ipv4-local-network", "127.99.0.0/16"),
    )
    dry = slapos(*options, "--dry-run")
    assert dry.status == 0
    assert f"write {configuration}" in dry.out
    assert not configuration.exists()
    ran = slapos(*options, "--token", master.token("computer"))
    assert ran.status == 0, ran.err
    assert "this machine is COMP-" in ran.err
    text = configuration.read_text()
    assert "ipv6_interface" not in text
    assert "create_tap" not in text
    assert "partition_amount = 2" in text
    assert f"software_root = {tmp_path / 'soft'}" in text
    assert mode_of(configuration.parent / "ssl" / "key") == 0o600
    again = slapos(*options, "--token", master.token("computer"), "--create-tap", "--ipv6-interface", "lo")
    assert again.status == 0
    assert "warning: the former configuration is kept in" in again.err
    assert (tmp_path / "node.old" / "slapos.cfg").read_text() == text
    text = configuration.read_text()
    assert "create_tap = true" in text
    assert "ipv6_interface = lo" in text
    assert slapos("node", "bang", "--cfg", str(configuration)).status in {0, 1}


def test_renewing_takes_what_the_configuration_names(master, slapos, tmp_path):
    cfg = tmp_path / "node" / "slapos.cfg"
    register = ("node", "register", "one", "--cfg", str(cfg), *master.options)
    assert slapos(*register, "--token", master.token("computer")).status == 0
    certificate = cfg.parent / "ssl" / "certificate"
    former = certificate.read_text()

    dry = slapos("node", "register", "--renew", "--cfg", str(cfg), "--dry-run")
    assert (dry.status, certificate.read_text()) == (0, former)
    assert f"ask {master.url} for another certificate of COMP-1" in dry.out
    ran = slapos("node", "register", "--renew", "--cfg", str(cfg))
    assert ran.status == 0, ran.err
    assert f"COMP-1 has a new certificate: {certificate}" in ran.err
    assert (certificate.read_text() == former, certificate.with_name("certificate.old").read_text()) == (
        False,
        former,
    )
    both = slapos(*register, "--renew")
    assert both.status == 5
    assert "--renew takes no name" in both.err


def test_a_client_renews(master, slapos):
    assert slapos("configure", "client", *master.options, "--token", master.token("user")).status == 0
    ran = slapos("configure", "client", "--renew", "--master-url-web", master.url)
    assert ran.status == 0, ran.err
    assert (slapos.home / ".slapos" / "client.key.old").exists()
    assert slapos("service", "list").status == 0


def test_what_has_no_certificate_renews_none(slapos, tmp_path):
    cfg = tmp_path / "slapos-client.cfg"
    cfg.write_text("[slapos]\nmaster_url = http://127.0.0.1:1\n")
    ran = slapos("configure", "client", "--renew", "--cfg", str(cfg))
    assert ran.status == 1
    assert "nothing to renew" in ran.err
    assert slapos("node", "register").status == 5


def test_registering_the_system_needs_root(slapos, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert slapos("node", "register", "one", "--token", "x").status == 5
    assert slapos("configure", "local").status == 5


class LocalMachine:
    """Directories in which a machine can become its own master, without root."""

    def __init__(self, folder, port):
        self.folder = folder
        self.instances, self.configuration = folder / "i", folder / "e"
        self.command = (
            *("configure", "local", "--partition-number", "2", "--daemon-listen-port", str(port)),
            *("--daemon-listen-ip", "127.0.0.1", "--interface-name", "lo"),
            *("--ipv4-local-network", "127.98.0.0/16"),
            *("--slapos-instance-root", str(folder / "i"), "--slapos-software-root", str(folder / "s")),
            *("--slapos-buildout-directory", str(folder / "o")),
            *("--slapos-configuration-directory", str(folder / "e"), "--enable-shacache-proxy"),
        )

    def shut_down(self):
        SupervisorDaemon(SupervisorLayout(instance_root=self.instances), ()).shut_down()


@pytest.fixture
def local(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    machines = []

    def make(name):
        machines.append(LocalMachine(tmp_path / name, port))
        return machines[-1]

    yield make
    for machine in machines:
        if machine.instances.exists():
            machine.shut_down()


def test_a_machine_that_is_its_own_master_boots(slapos, local):
    machine = local("one")
    assert slapos(*machine.command).status == 0
    machine.shut_down()
    ran = slapos("node", "boot", "--cfg", str(machine.configuration / "slapos.cfg"))
    assert ran.status == 0
    assert "local_computer is up" in ran.err
    listed = slapos("computer", "list", "--cfg", str(machine.configuration / "slapos-client.cfg"))
    assert "local_computer" in listed.out


def test_a_machine_does_not_take_the_master_of_another_for_its_own(slapos, local):
    assert slapos(*local("one").command).status == 0
    other = local("other")
    ran = slapos(*other.command)
    assert ran.status == 1
    assert "another program listens on 127.0.0.1 port" in ran.err
    assert "hint: stop it, or choose another port with --daemon-listen-port" in ran.err
    assert not other.folder.exists()


def test_a_secret_is_read_from_the_first_line():
    around = Terminal(
        out=io.StringIO(),
        error=io.StringIO(),
        input=io.StringIO(" a token \nrest"),
        environment={},
        home=Path("/"),
    )
    assert ask_secret("token", "https://site/", around) == "a token"
    with pytest.raises(InvalidInput, match="no password was given"):
        ask_secret(
            "password",
            "https://site/",
            Terminal(
                out=io.StringIO(),
                error=io.StringIO(),
                input=io.StringIO("\n"),
                environment={},
                home=Path("/"),
            ),
        )
