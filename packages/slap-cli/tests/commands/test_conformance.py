"""Every command and option that existing users know is there (cli.json is the contract)."""

import json
from pathlib import Path

import pytest

from slap_cli.catalogue import COMMANDS
from slap_cli.command_parser import parser_of
from slap_cli.overview import COMMON_OPTIONS
from slap_cli.registration.options import site_of

CONTRACT = json.loads((Path(__file__).parent / "cli.json").read_text(encoding="utf-8"))["commands"]
NAMED = sorted(command for command in CONTRACT if command)


def options_of(command: str) -> set[str]:
    return {option for action in parser_of(command)._actions for option in action.option_strings}


def test_every_command_is_there():
    assert set(NAMED) <= set(COMMANDS)


@pytest.mark.parametrize("command", NAMED)
def test_every_option_is_accepted_and_explained(command):
    contract = CONTRACT[command]
    missing = {*contract["seed"], *contract["later"]} - options_of(command)
    assert missing == set()
    silent = [
        action.option_strings or action.dest for action in parser_of(command)._actions if not action.help
    ]
    assert silent == []


@pytest.mark.parametrize("command", NAMED)
def test_positional_arguments_are_those_of_the_contract(command):
    found = [action for action in parser_of(command)._actions if not action.option_strings]
    if command != "node":
        assert len(found) == len(CONTRACT[command]["positionals"])


def test_common_options_are_taken_by_the_program_and_by_every_command():
    common = set(CONTRACT[""]["seed"])
    for option in common:
        assert f"{option}," in COMMON_OPTIONS or f"{option} " in COMMON_OPTIONS
    for command in COMMANDS:
        assert common - {"--version"} <= options_of(command)


@pytest.mark.parametrize(
    ("command", "dest", "default"),
    [
        ("configure client", "master_url", "https://slap.vifib.com"),
        ("configure local", "interface_name", "lo"),
        ("configure local", "partition_number", 20),
        ("configure local", "ipv4_local_network", "10.0.0.0/16"),
        ("configure local", "daemon_listen_ip", "127.0.0.1"),
        ("configure local", "daemon_listen_port", 8080),
        ("configure local", "slapos_instance_root", "/srv/slapgrid"),
        ("configure local", "slapos_software_root", "/opt/slapgrid"),
        ("configure local", "slapos_buildout_directory", "/opt/slapos"),
        ("configure local", "slapos_configuration_directory", "/etc/opt/slapos"),
        ("node register", "interface_name", "eth0"),
        ("node register", "master_url", "https://slap.vifib.com"),
        ("node register", "partition_number", 10),
        ("node register", "ipv4_local_network", "10.0.0.0/16"),
        ("node register", "create_tap", False),
        ("node register", "dry_run", False),
    ],
)
def test_defaults_are_the_documented_ones(command, dest, default):
    assert parser_of(command).get_default(dest) == default


@pytest.mark.parametrize("words", [("configure", "client"), ("node", "register", "mine")])
@pytest.mark.parametrize(
    ("options", "site"),
    [
        ((), "https://panel.rapid.space"),
        (("--master-url", "https://mine/"), "https://mine/"),
        (("--master-url", "https://mine/", "--master-url-web", "https://www.mine/"), "https://www.mine/"),
    ],
)
def test_a_token_is_told_to_the_site_of_the_master_that_is_named(words, options, site):
    command = " ".join(words[:2])
    assert site_of(parser_of(command).parse_args([*words[2:], *options])) == site


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("node software", ("--all", "--only-sr", "x")),
        ("node instance", ("--all", "--only-cp", "x")),
        ("console", ("-i", "-b")),
        ("console", ("-b", "-p")),
        ("request", ("-v", "-q", "a", "b")),
    ],
)
def test_options_that_exclude_each_other_are_refused_together(slapos, command, words):
    ran = slapos(*command.split(), *words)
    assert ran.status == 5
    assert "not allowed with argument" in ran.err


@pytest.mark.parametrize(
    ("command", "unused"),
    [
        ("node software", set()),
        ("node instance", {"--signature_private_key_file"}),
        ("node report", {"--signature_private_key_file", "--software-root"}),
        ("node promise", {"--signature_private_key_file"}),
    ],
)
def test_options_without_effect_say_so(command, unused):
    without = {"--supervisord-socket", "--supervisord-configuration-path", "--buildout", *unused}
    said = {
        action.option_strings[0]
        for action in parser_of(command)._actions
        if action.help and "without effect" in action.help
    }
    assert said == without


# These make a configuration, or do without one.
FREE = {"complete", "configure client", "configure local", "help", "node register"}
