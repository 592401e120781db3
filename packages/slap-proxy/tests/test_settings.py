import os
import pwd
from pathlib import Path

import pytest

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration
from slap_proxy.exposure import is_loopback
from slap_proxy.settings import (
    Frontend,
    NetworkCache,
    OtherMaster,
    ProxySettings,
    Trust,
    TrustMode,
    default_settings,
    read_settings,
    settings_from,
)

HOME = {"HOME": "/home/zoe"}
WHOLE = """
[slapos]
computer_id = COMP-1
software_root = /srv/software
[slapproxy]
host = ::1
port = 5001
database_uri = data/proxy.db
software_product_list =
  kvm https://example.com/kvm-2.cfg
  kvm https://example.com/kvm-1.cfg
local_software_release_root = /src
public_directory_path = ~/public
shacache_content_directory = /cache/content
shacache_metadata_directory = /cache/metadata
shacache_upstream_cache_url = https://cache.example.com/shacache
max_body_size = 2M
trust = tls
tls_host_names = master.example.com, 192.0.2.1
http_proxy_targets = https://example.com/api
shiny = yes
[multimaster/https://other.example.com/]
key = /k
cert = /c
software_release_list =
  https://example.com/a.cfg
  https://example.com/b.cfg
computer = COMP-9
partition = slappart3
[frontend/cdn]
software_release = https://example.com/cdn.cfg
software_type =
  default
  RootSoftwareInstance
connection =
  domain {name}.example.com
"""


def read(text):
    return read_settings(parse_configuration(text, "proxy.cfg"), HOME)


def test_everything_is_read():
    settings, warnings = read(WHOLE)
    assert (settings.host, settings.port, settings.computer) == ("::1", 5001, "COMP-1")
    assert settings.database_uri == "data/proxy.db"
    assert settings.products == {"kvm": ("https://example.com/kvm-2.cfg", "https://example.com/kvm-1.cfg")}
    assert settings.local_software_release_root == "/src"
    assert settings.public_directory == Path("~/public").expanduser()
    assert settings.cache == NetworkCache(
        content=Path("/cache/content"),
        metadata=Path("/cache/metadata"),
        upstream_content="https://cache.example.com/shacache",
    )
    assert settings.limits.body == 2 * 1024**2
    assert settings.trust.mode is TrustMode.TLS
    assert settings.trust.host_names == ("master.example.com", "192.0.2.1")
    assert settings.masters == (
        OtherMaster(
            url="https://other.example.com/",
            releases=("https://example.com/a.cfg", "https://example.com/b.cfg"),
            key="/k",
            certificate="/c",
            computer="COMP-9",
            partition="slappart3",
        ),
    )
    assert settings.frontends == (
        Frontend(
            release="https://example.com/cdn.cfg",
            types=("default", "RootSoftwareInstance"),
            connection={"domain": "{name}.example.com"},
        ),
    )
    assert warnings == (
        "proxy.cfg: section [slapproxy]: shiny is not a setting of the master and has no effect",
    )


def test_nothing_configured_is_a_loopback_master_in_the_state_directory():
    settings, warnings = settings_from(None, HOME)
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.database_uri == "/home/zoe/.local/state/slapos/proxy.sqlite"
    assert warnings == ()
    assert default_settings({"XDG_STATE_HOME": "/state"}).database_uri == "/state/slapos/proxy.sqlite"
    account = pwd.getpwuid(os.getuid())
    assert default_settings({}).database_uri == f"{account.pw_dir}/.local/state/slapos/proxy.sqlite"


def test_a_user_of_whom_nothing_is_known_has_the_root_as_home(monkeypatch):
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert default_settings({}).database_uri == "/.local/state/slapos/proxy.sqlite"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("port = many", r"\[slapproxy\]: port = 'many' is not a whole number"),
        ("port = 70000", r"\[slapproxy\]: port = '70000' is not between 0 and 65535"),
        ("computer_id = a b", "is no computer id"),
        ("host = 0.0.0.0", "anybody could command"),
        ("trust = maybe", "neither open nor tls"),
        ("max_body_size = big", "is not a size"),
        ("software_product_list = kvm", "not `name url`"),
        ("shacache_content_directory = /x", "go together"),
        ("[multimaster/ftp://x]", "not an http URL"),
        ("[computer/a b]", "computer id 'a b' is not valid"),
        ("[computer/a]\nproject = red", "project is not project_guid or network_guid"),
        ("[frontend/x]\nsoftware_release = y\nconnection = z", "not `key value`"),
    ],
)
def test_what_is_wrong_is_named(line, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        read(f"[slapproxy]\n{line}\n")


def test_computers_belong_to_projects_and_networks():
    text = "[slapproxy]\n[computer/COMP-1]\nproject_guid = red\n[computer/COMP-2]\nnetwork_guid = north\n"
    settings, warnings = read(text)
    assert settings.memberships == {"COMP-1": {"project_guid": "red"}, "COMP-2": {"network_guid": "north"}}
    assert warnings == ()


@pytest.mark.parametrize("line", ["allow_open_network = true", "trust = tls"])
def test_the_network_may_be_listened_to_when_said_so(line):
    assert read(f"[slapproxy]\nhost = 0.0.0.0\n{line}\n")[0].host == "0.0.0.0"


def test_options_win_and_are_checked():
    settings = default_settings(HOME)
    assert settings.with_options(port=1, host=None).port == 1
    with pytest.raises(ConfigurationError, match="anybody"):
        settings.with_options(host="192.0.2.1")
    with pytest.raises(ConfigurationError, match="no setting colour"):
        settings.with_options(colour="red")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.cfg: cannot be read"):
        settings_from(tmp_path / "absent.cfg", HOME)
    (tmp_path / "there.cfg").write_text("[slapproxy]\nport = 7\n", encoding="utf-8")
    assert settings_from(tmp_path / "there.cfg", HOME)[0].port == 7


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.com", False),
    ],
)
def test_loopback_is_known(host, expected):
    assert is_loopback(host) is expected


def test_certificates_lie_beside_the_database():
    settings = default_settings(HOME)
    assert settings.certificate_directory == Path("/home/zoe/.local/state/slapos/certificates")
    assert settings.with_options(database_uri="/srv/proxy.db").certificate_directory == Path(
        "/srv/certificates"
    )
    url = settings.with_options(database_uri="postgresql+psycopg://host/name")
    assert url.certificate_directory == Path("/home/zoe/.local/state/slapos/certificates")
    configured, _ = read("[slapproxy]\ncertificate_directory = /pki\n")
    assert configured.certificate_directory == Path("/pki")


def test_a_certificate_header_from_the_network_is_refused_unless_said():
    trust = Trust(mode=TrustMode.TLS, header="x-certificate")
    assert ProxySettings(database_uri="x", host="::1", trust=trust).trust.header
    with pytest.raises(ConfigurationError, match="header x-certificate is trusted") as refused:
        ProxySettings(database_uri="x", host="0.0.0.0", trust=trust)
    assert "trusted_header_from_network = true" in refused.value.hint
    said = "[slapproxy]\nhost = 0.0.0.0\ntrust = tls\ntrusted_certificate_header = X-C\n"
    with pytest.raises(ConfigurationError, match="x-c is trusted"):
        read_settings(parse_configuration(said, "x"), {})
    settings, warnings = read_settings(
        parse_configuration(f"{said}trusted_header_from_network = true\n", "x"), {}
    )
    assert (settings.trust.header_from_network, warnings) == (True, ())
