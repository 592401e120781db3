from pathlib import PurePosixPath

import pytest

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration
from slap_node.settings import check_identity_files, node_settings

MINIMAL = """
[slapos]
computer_id = COMP-1
master_url = http://127.0.0.1:5000
software_root = /srv/software
instance_root = /srv/instance
"""


def read(text: str = MINIMAL, **overrides):
    return node_settings(parse_configuration(text, "slapos.cfg"), overrides)


def test_four_keys_are_enough():
    settings = read()

    assert settings.computer == "COMP-1"
    assert settings.software_root == PurePosixPath("/srv/software")
    assert settings.maximum_periodicity == 86400
    assert settings.promise_timeout == 20.0
    assert settings.partition_timeout is None
    assert settings.software_min_free_space == 1000 * 1024**2
    assert settings.pidfiles["software"] == PurePosixPath("/srv/instance/var/run/slapgrid-sr.pid")
    assert settings.jobs >= 1
    assert settings.warnings == ()
    assert settings.firewall is None


@pytest.mark.parametrize("key", ["computer_id", "master_url", "software_root", "instance_root"])
def test_a_mandatory_key_that_is_missing_is_named(key):
    text = "\n".join(line for line in MINIMAL.splitlines() if not line.startswith(key))

    with pytest.raises(ConfigurationError, match=rf"slapos\.cfg: section \[slapos\]: {key} is missing"):
        read(text)


def test_software_and_partitions_have_a_directory_each():
    with pytest.raises(ConfigurationError, match=r"line: software_root = '/srv/x/' is instance_root too"):
        read(instance_root="/srv/x", software_root="/srv/x/")


def test_a_key_file_needs_its_companions():
    with pytest.raises(ConfigurationError, match="cert_file is missing"):
        read(MINIMAL + "key_file = /k\n")
    with pytest.raises(ConfigurationError, match="certificate_repository_path is missing"):
        read(MINIMAL + "key_file = /k\ncert_file = /c\n")


def test_the_command_line_wins_and_none_is_not_given():
    settings = read(
        MINIMAL + "maximum_periodicity = 12\npromise_timeout = 5\n",
        maximum_periodicity=3,
        promise_timeout=None,
    )

    assert settings.maximum_periodicity == 3
    assert settings.promise_timeout == 5.0


def test_the_key_that_signs_uploads_may_be_named_in_three_places():
    key = "signature-private-key-file"
    without = MINIMAL + "signature_private_key_file = /of-slapos\n"
    assert not read(without).network_cache
    below = without + "[networkcache]\nupload-binary-cache-url = https://cache.example/\n"
    assert read(below).network_cache[key] == "/of-slapos"
    assert read(f"{below}{key} = /written\n").network_cache[key] == "/written"
    assert (
        read(f"{below}{key} = /written\n", signature_private_key_file="/given").network_cache[key] == "/given"
    )


def test_everything_that_is_written_is_read():
    settings = read(
        MINIMAL
        + """
certificate_repository_path = /srv/pki
shared_part_list =
  /opt/one
  /opt/two
only-sr = https://a/software.cfg, 0123
only_cp = slappart0 slappart1
manager_list = prerm, portredir
buildout_debug = TRUE
partition_timeout = 600
pidfile = /run/all.pid
pidfile_report = /run/report.pid
forbid_supervisord_automatic_launch = true
jobs = 7
passed_environment = CCACHE_DIR
odd_key = 1
[networkcache]
download-cache-url = https://cache.example/
[firewall]
firewall_cmd = fw
[manager:prerm]
x = 1
"""
    )

    assert settings.shared_parts == (PurePosixPath("/opt/one"), PurePosixPath("/opt/two"))
    assert settings.only_software == ("https://a/software.cfg", "0123")
    assert settings.only_partitions == ("slappart0", "slappart1")
    assert settings.manager_names == ("prerm", "portredir")
    assert settings.buildout_debug
    assert settings.partition_timeout == 600.0
    assert settings.pidfiles["instance"] == PurePosixPath("/run/all.pid")
    assert settings.pidfiles["report"] == PurePosixPath("/run/report.pid")
    assert not settings.launches_supervisor
    assert settings.jobs == 7
    assert settings.passed_environment == ("CCACHE_DIR",)
    assert settings.network_cache["download-cache-url"] == "https://cache.example/"
    assert settings.firewall == {"firewall_cmd": "fw"}
    assert settings.managers == {"prerm": {"x": "1"}}
    assert settings.merged["download-cache-url"] == "https://cache.example/"
    assert settings.warnings == ("slapos.cfg: section [slapos]: nothing reads odd_key",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("partition_timeout = soon", "partition_timeout = 'soon' is not a number of seconds"),
        ("promise_timeout = -1", "promise_timeout = '-1' is not a positive number"),
        ("promise_timeout = inf", "is not a positive number"),
        ("jobs = 0", "jobs = '0' is less than 1"),
        ("maximum_periodicity = often", "maximum_periodicity = 'often' is not a whole number"),
        ("software_min_free_space = much", "is not a size"),
    ],
)
def test_a_malformed_value_is_named(line, message):
    with pytest.raises(ConfigurationError, match=message):
        read(MINIMAL + line)


def test_the_command_line_is_to_blame_for_what_it_says(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        read(MINIMAL + "promise_timeout = 3", promise_timeout="soon")
    assert caught.value.message.startswith("the command line: promise_timeout = 'soon' is not a number")
    assert caught.value.hint == "change promise_timeout on the command line"
    with pytest.raises(ConfigurationError, match=r"^the command line: master_ca_file = .* is no file"):
        check_identity_files(read(MINIMAL, master_ca_file=f"{tmp_path}/ca"))


def test_a_computer_id_that_is_no_name_is_refused():
    with pytest.raises(ConfigurationError, match="computer_id"):
        read(MINIMAL, computer_id="../x")


def test_named_files_must_exist(tmp_path):
    key = tmp_path / "key"
    key.touch()
    text = (
        MINIMAL
        + f"key_file = {key}\ncert_file = {tmp_path}/cert\ncertificate_repository_path = {tmp_path}/pki\n"
    )
    with pytest.raises(ConfigurationError, match=r"cert_file = .* is no file"):
        check_identity_files(read(text))
    (tmp_path / "cert").touch()
    with pytest.raises(ConfigurationError, match="is no directory"):
        check_identity_files(read(text))
    check_identity_files(read(text), formats=True)
    with pytest.raises(ConfigurationError, match="is no directory"):
        check_identity_files(read(MINIMAL + f"certificate_repository_path = {tmp_path}/pki\n"))
    (tmp_path / "pki").mkdir()
    check_identity_files(read(text))
    check_identity_files(read())


@pytest.mark.parametrize(
    ("key", "value"), [("master_url", "nonsense"), ("instance_root", "here"), ("software_root", "./there")]
)
def test_what_leads_nowhere_is_blamed_on_its_key(key, value):
    text = "\n".join(f"{key} = {value}" if line.startswith(key) else line for line in MINIMAL.splitlines())

    with pytest.raises(ConfigurationError, match=rf"slapos\.cfg: section \[slapos\]: {key} = '{value}'"):
        read(text)
