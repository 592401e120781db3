"""What a tenant's configuration says: which master, with which certificate, and the aliases of releases."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slap_cli.terminal import path_of_user
from slap_domain.errors import ConfigurationError, InvalidInput
from slap_domain.model.configuration import Configuration, Section
from slap_http_adapter.client.master_address import checked_url

_NAME_AND_URL = re.compile(r"(\S+)\s+(\S.*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How a tenant reaches the master.

    Attributes:
        rest_url: of the master's HATEOAS interface; empty to ask the master for it.
        key_file: and `certificate_file`, paths of the client certificate; empty for none.
        ca_file: certificates by which the master is verified; empty for the system's.
        aliases: names for software release URLs.
    """

    master_url: str
    rest_url: str = ""
    key_file: str = ""
    certificate_file: str = ""
    ca_file: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)


def client_settings(configuration: Configuration, home: Path) -> ClientSettings:
    """Read the settings of a tenant.

    Args:
        configuration: the parsed file.
        home: what `~` means in paths.

    Raises:
        ConfigurationError: a key is missing or wrong.
    """
    slapos = configuration.section("slapos")
    console = configuration.section("slapconsole")
    both = configuration.section("slapconsole", "slapos")
    _check_url(slapos, "master_url")
    if slapos.text("master_rest_url", ""):
        _check_url(slapos, "master_rest_url")
    return ClientSettings(
        master_url=slapos.text("master_url"),
        rest_url=slapos.text("master_rest_url", ""),
        key_file=_existing(both, "key_file", home),
        certificate_file=_existing(both, "cert_file", home),
        ca_file=_existing(slapos, "master_ca_file", home),
        aliases=_aliases(console),
    )


def _check_url(section: Section, key: str) -> None:
    url = section.text(key)
    if not url.startswith(("http://", "https://")):
        raise section.wrong(key, "is no URL that starts with http:// or https://")
    try:
        checked_url(url)
    except InvalidInput as error:
        raise section.wrong(key, "names no host and port that can be connected to") from error


def _existing(section: Section, key: str, home: Path) -> str:
    text = section.text(key, "")
    if not text:
        return ""
    path = path_of_user(text, home)
    if not path.exists():
        raise section.wrong(key, "names a file that does not exist")
    return str(path)


def _aliases(section: Section) -> Mapping[str, str]:
    aliases = {}
    for line in section.lines("alias"):
        match = _NAME_AND_URL.match(line)
        if match is None:
            raise ConfigurationError(
                f"{section.source}: section [slapconsole]: alias: {line!r} is not a name and a URL",
                hint="write one alias a line: `kvm https://example.com/kvm/software.cfg`",
            )
        aliases[match[1]] = match[2]
    return aliases
