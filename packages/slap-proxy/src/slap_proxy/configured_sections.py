"""What the operator says of others than the master: the sections that each speak of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from slap_domain.errors import ConfigurationError, InvalidInput
from slap_domain.model.configuration import Configuration
from slap_domain.model.references import ComputerGuid, computer_guid
from slap_domain.planning.master.allocation import MEMBERSHIP_FILTERS

_MULTIMASTER = "multimaster/"
_FRONTEND = "frontend/"
_COMPUTER = "computer/"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMaster:
    """A master to which requests are forwarded (wire-slap section 7)."""

    url: str
    releases: tuple[str, ...] = ()
    key: str = ""
    certificate: str = ""
    computer: str = ""
    partition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontend:
    """Shared requests of a release that the master answers by itself, without allocating anything.

    Attributes:
        connection: connection parameters; `{name}` stands for a parameter of the request.
    """

    release: str
    types: tuple[str, ...]
    connection: Mapping[str, str]


def masters_of(configuration: Configuration) -> tuple[OtherMaster, ...]:
    """Return the masters that requests are forwarded to, one a section `[multimaster/<url>]`.

    Raises:
        ConfigurationError: a section names no http URL, or a value is malformed.
    """
    masters = []
    for name in configuration.sections:
        if not name.startswith(_MULTIMASTER):
            continue
        section = configuration.section(name)
        url = name.removeprefix(_MULTIMASTER)
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ConfigurationError(f"{section.source}: section [{name}]: {url!r} is not an http URL")
        masters.append(
            OtherMaster(
                url=url,
                releases=section.lines("software_release_list"),
                key=section.text("key", ""),
                certificate=section.text("cert", ""),
                computer=section.text("computer", ""),
                partition=section.text("partition", ""),
            )
        )
    return tuple(masters)


def frontends_of(configuration: Configuration) -> tuple[Frontend, ...]:
    """Return the frontends that are answered for, one a section `[frontend/<name>]`.

    Raises:
        ConfigurationError: a value is missing or malformed.
    """
    frontends = []
    for name in configuration.sections:
        if not name.startswith(_FRONTEND):
            continue
        section = configuration.section(name)
        connection = {}
        for line in section.lines("connection"):
            key, separator, value = line.partition(" ")
            if not separator:
                raise section.wrong("connection", f"has the line {line!r}, which is not `key value`")
            connection[key] = value.strip()
        frontends.append(
            Frontend(
                release=section.text("software_release"),
                types=section.lines("software_type") or ("default",),
                connection=MappingProxyType(connection),
            )
        )
    return tuple(frontends)


def memberships_of(configuration: Configuration) -> Mapping[ComputerGuid, Mapping[str, str]]:
    """Return what computers belong to, one a section `[computer/<id>]`, by the name of the filter.

    Raises:
        ConfigurationError: a section names what cannot be a computer, or says something else.
    """
    memberships = {}
    for name in configuration.sections:
        if not name.startswith(_COMPUTER):
            continue
        section = configuration.section(name)
        try:
            guid = computer_guid(name.removeprefix(_COMPUTER))
        except InvalidInput as error:
            raise ConfigurationError(f"{section.source}: section [{name}]: {error.message}") from error
        if unknown := section.unknown(frozenset(MEMBERSHIP_FILTERS)):
            known = " or ".join(MEMBERSHIP_FILTERS)
            raise ConfigurationError(
                f"{section.source}: section [{name}]: {', '.join(unknown)} is not {known}"
            )
        given = {key: section.text(key, "") for key in MEMBERSHIP_FILTERS}
        memberships[guid] = MappingProxyType({key: value for key, value in given.items() if value})
    return MappingProxyType(memberships)
