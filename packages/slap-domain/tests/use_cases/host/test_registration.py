"""Registering a computer, and configuring a client."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import (
    ConfigurationError,
    Conflict,
    HostFailure,
    InvalidInput,
    NotAllowed,
    TemporarilyUnavailable,
)
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.registration import (
    ClientRegistration,
    IssuedIdentity,
    NodeRegistration,
)
from slap_domain.model.host.settings import format_settings
from slap_domain.planning.host.registration import configuration_text
from slap_domain.testing.registrar import FakeConfigurationFiles, FakeRegistrar
from slap_domain.use_cases.host.configure_client import ConfigureClient
from slap_domain.use_cases.host.register_computer import RegisterComputer

ETC = PurePosixPath("/etc/opt/slapos")
NODE = NodeRegistration(
    title="mycomputer",
    configuration=ETC / "slapos.cfg",
    master_url="https://slap.example.com",
    interface="eth0",
    partition_number=10,
    ipv4_network="10.0.0.0/16",
)
CLIENT = ClientRegistration(
    configuration=PurePosixPath("/home/me/.slapos/slapos-client.cfg"), master_url="https://slap.example.com"
)


@pytest.fixture
def files():
    return FakeConfigurationFiles()


@pytest.fixture
def register(files):
    lines = []
    case = RegisterComputer(FakeRegistrar(["one", "two", "three"]), files, lines.append)
    case.lines = lines
    return case


def test_a_computer_is_registered(files, register):
    outcome = register.run(NODE, "one")

    assert (outcome.computer, outcome.backup) == ("COMP-1", None)
    configuration = parse_configuration(files.documents[ETC / "slapos.cfg"], "slapos.cfg")
    slapos = configuration.sections["slapos"]
    assert slapos["computer_id"] == "COMP-1"
    assert slapos["master_url"] == "https://slap.example.com"
    assert files.read(PurePosixPath(slapos["key_file"])).startswith("-----BEGIN PRIVATE KEY")
    assert {files.modes[PurePosixPath(slapos[key])] for key in ("key_file", "cert_file")} == {0o600}
    assert files.modes[PurePosixPath(slapos["certificate_repository_path"])] == 0o711
    settings = format_settings(configuration)
    assert (settings.interface, settings.partition_amount) == ("eth0", 10)
    assert "ipv6_interface" not in configuration.sections["slapformat"]
    assert "create_tap" not in configuration.sections["slapformat"]
    assert "master_ca_file" not in slapos


def test_what_was_given_is_written(files, register):
    register.run(replace(NODE, ipv6_interface="tap0", create_tap=True, authority="/etc/ca.crt"), "one")
    configuration = parse_configuration(files.documents[ETC / "slapos.cfg"], "slapos.cfg")
    assert configuration.sections["slapformat"]["ipv6_interface"] == "tap0"
    assert configuration.sections["slapformat"]["create_tap"] == "true"
    assert configuration.sections["slapos"]["master_ca_file"] == "/etc/ca.crt"


def test_a_registered_machine_is_backed_up_first(files, register):
    register.run(NODE, "one")
    former = dict(files.documents)
    assert "keep a copy of /etc/opt/slapos in /etc/opt/slapos.old" in register.plan(NODE)

    outcome = register.run(NODE, "two")

    assert register.lines.count(f"create directory {ETC} mode 0755") == 1
    assert outcome.backup == PurePosixPath("/etc/opt/slapos.old")
    assert files.documents[outcome.backup / "slapos.cfg"] == former[ETC / "slapos.cfg"]
    assert "COMP-2" in files.documents[ETC / "slapos.cfg"]
    assert any("registered already" in line for line in register.lines)
    assert register.run(NODE, "three").backup == PurePosixPath("/etc/opt/slapos.old.1")


def test_what_is_not_replaced_stays(files, register):
    register.run(NODE, "one")
    for name in ("slapos.xml", "slapos-proxy.cfg", "ca.crt"):
        files.documents[ETC / name] = name
    register.run(replace(NODE, authority=str(ETC / "ca.crt")), "two")
    for name in ("slapos.xml", "slapos-proxy.cfg", "ca.crt"):
        assert files.documents[ETC / name] == name


@pytest.mark.parametrize("folder", [ETC, ETC / "ssl"])
def test_a_token_is_not_spent_where_nothing_can_be_written(files, register, folder):
    files.read_only.add(folder)
    with pytest.raises(HostFailure, match="cannot be written"):
        register.run(NODE, "one")
    files.read_only.clear()
    assert register.run(NODE, "one").computer == "COMP-1"


def test_a_refused_token_leaves_everything_as_it_was(files, register):
    register.run(NODE, "one")
    former = dict(files.documents)
    with pytest.raises(NotAllowed):
        register.run(NODE, "one")
    assert files.documents == former


def test_a_plan_does_nothing(files, register):
    plan = register.plan(NODE)
    assert plan[0] == "register computer mycomputer with https://slap.example.com"
    assert plan[-1] == "write /etc/opt/slapos/slapos.cfg"
    assert files.documents == {}
    assert register.run(NODE, "one").computer == "COMP-1"


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"title": ""}, "the name of the computer is empty"),
        ({"partition_number": 0}, "0 partitions"),
        ({"partition_number": -1}, "-1 partitions"),
        ({"ipv4_network": "10.0.0.1/8"}, "no IPv4 network"),
        ({"master_url": "nonsense"}, "'nonsense' is no URL of a master"),
        ({"master_url": "https://a\nb"}, "no URL of a master"),
    ],
)
def test_what_would_make_a_broken_configuration_is_refused(values, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        replace(NODE, **values)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"interface": "a b"}, "interface_name 'a b' is no name"),
        ({"interface": "a\nb"}, "interface_name has more than one line"),
        ({"ipv6_interface": "a/b"}, "ipv6_interface 'a/b' is no name"),
    ],
)
def test_what_could_not_be_formatted_is_refused_before_the_token_is_spent(files, register, values, complaint):
    wrong = replace(NODE, **values)
    for attempt in (register.plan, lambda registration: register.run(registration, "one")):
        with pytest.raises((InvalidInput, ConfigurationError), match=complaint):
            attempt(wrong)
    assert files.documents == {}
    assert register.run(NODE, "one").computer == "COMP-1"


def test_a_client_of_no_master_is_refused():
    with pytest.raises(InvalidInput, match="no URL of a master"):
        replace(CLIENT, master_url="ftp://example.com")


def test_a_value_has_one_line_and_its_percent_signs():
    text = configuration_text([("slapos", [("a", "50%"), ("b", "")])])
    assert parse_configuration(text, "x").sections["slapos"] == {"a": "50%", "b": ""}
    with pytest.raises(InvalidInput, match="a has more than one line"):
        configuration_text([("slapos", [("a", "b\n[slapos]\nc = d")])])


@pytest.mark.parametrize(("certificate", "key"), [("", "-----BEGIN"), ("-----BEGIN CERTIFICATE-----", "")])
def test_what_is_no_identity_is_refused(certificate, key):
    with pytest.raises(TemporarilyUnavailable, match="no certificate and key"):
        IssuedIdentity(certificate=certificate, key=key)


def test_a_certificate_of_no_computer_is_refused():
    identity = IssuedIdentity(certificate="-----BEGIN CERTIFICATE-----", key="-----BEGIN")
    with pytest.raises(TemporarilyUnavailable, match="which computer"):
        _ = identity.computer


def test_a_client_is_configured_once(files):
    case = ConfigureClient(FakeRegistrar(["one", "two"]), files)
    case.run(replace(CLIENT, authority="/ca.crt"), "one")
    sections = parse_configuration(files.documents[CLIENT.configuration], "x").sections
    assert sections["slapos"] == {"master_url": "https://slap.example.com", "master_ca_file": "/ca.crt"}
    assert sections["slapconsole"]["key_file"] == str(CLIENT.key)
    assert (files.modes[CLIENT.key], files.modes[CLIENT.certificate]) == (0o600, 0o600)
    assert files.modes[CLIENT.key.parent] == 0o700

    with pytest.raises(Conflict, match=r"slapos-client\.cfg exists already"):
        case.run(CLIENT, "two")
    files.documents.pop(CLIENT.configuration)
    with pytest.raises(Conflict, match=r"client\.crt exists already"):
        case.run(CLIENT, "two")
    files.documents.clear()
    case.run(CLIENT, "two")
    assert "master_ca_file" not in files.documents[CLIENT.configuration]


def test_software_and_partitions_have_a_directory_each():
    with pytest.raises(InvalidInput, match="of the partitions and of the software at once"):
        replace(NODE, instance_root=NODE.software_root)


def test_a_client_spends_no_token_where_nothing_can_be_written(files):
    case = ConfigureClient(FakeRegistrar(["one"]), files)
    files.read_only.add(CLIENT.configuration.parent)
    with pytest.raises(HostFailure, match="cannot be written"):
        case.run(CLIENT, "one")
    files.read_only.clear()
    case.run(CLIENT, "one")
    assert CLIENT.configuration in files.documents
