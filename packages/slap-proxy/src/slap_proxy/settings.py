"""What the operator of a master decided, read once from configuration into frozen values."""

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from slap_domain.errors import ConfigurationError, InvalidInput
from slap_domain.model.configuration import Configuration, Section, parse_configuration
from slap_domain.model.master.occasion import DEFAULT_COMPUTER
from slap_domain.model.references import ComputerGuid, computer_guid
from slap_proxy.configured_sections import (
    Frontend,
    OtherMaster,
    frontends_of,
    masters_of,
    memberships_of,
)
from slap_proxy.exposure import refuse_header_from_network, refuse_open_network

DEFAULT_HOST = "127.0.0.1"
_PORTS = range(65536)
DEFAULT_PORT = 5000
DATABASE_NAME = "proxy.sqlite"

KNOWN_KEYS = frozenset(
    {
        "allow_open_network",
        "certificate_directory",
        "computer_id",
        "database_uri",
        "host",
        "http_proxy_targets",
        "keep_alive_timeout",
        "local_software_release_root",
        "log_file",
        "max_body_size",
        "port",
        "public_directory_path",
        "public_url",
        "request_timeout",
        "shacache_content_directory",
        "shacache_metadata_directory",
        "shacache_signing_key_path",
        "shacache_upstream_cache_url",
        "shacache_upstream_dir_url",
        "software_product_list",
        "stop_timeout",
        "tls_certificate_file",
        "tls_host_names",
        "tls_key_file",
        "trust",
        "trusted_certificate_header",
        "trusted_header_from_network",
        "worker_threads",
    }
)


class TrustMode(StrEnum):
    """Whom the master believes."""

    OPEN = "open"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may ask of the master.

    Attributes:
        body: bytes of a request's body.
        cached_object: bytes of one file sent to the binary cache.
        fields: number of fields of a form.
        seconds: time to receive a request.
        keep_alive: seconds that an idle connection is kept.
        stop: seconds that requests in flight get to end when the master stops.
        threads: requests that are worked on at once.
    """

    body: int = 32 * 1024**2
    cached_object: int = 16 * 1024**3
    fields: int = 100
    seconds: float = 60.0
    keep_alive: int = 30
    stop: int = 10
    threads: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who may call, and how callers prove who they are.

    Attributes:
        directory: where the certificate authority lives; None: beside the database.
        header: name of the header in which a TLS proxy in front hands over the client's certificate; empty
            when none is trusted.
        header_from_network: the header is trusted although the network can reach the listener.
        certificate, key: the server's own files; empty to have the master's authority issue them.
        host_names: names and addresses put in an issued server certificate.
    """

    mode: TrustMode = TrustMode.OPEN
    directory: Path | None = None
    header: str = ""
    header_from_network: bool = False
    certificate: str = ""
    key: str = ""
    host_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCache:
    """The binary cache that the master serves."""

    content: Path
    metadata: Path
    upstream_content: str = ""
    upstream_metadata: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """All settings of a stand-alone master.

    Attributes:
        database_uri: a path of an SQLite file, or the URL of a database.
        computer: the computer that requests go to when they name none, and that always answers.
        products: releases of each software product, best first.
        public_url: what links start with; empty to take the request's own host.
        memberships: what computers belong to: of each, a project and a network by the name of their filter.
        http_proxy_targets: prefixes of the URLs that /http_proxy relays to.
        state: directory of the user's slapos state.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database_uri: str = field(repr=False)  # a password may be in it
    computer: ComputerGuid = DEFAULT_COMPUTER
    products: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    local_software_release_root: str = "/"
    public_directory: Path | None = None
    public_url: str = ""
    allow_open_network: bool = False
    log_file: Path | None = None
    limits: Limits = field(default_factory=Limits)
    trust: Trust = field(default_factory=Trust)
    cache: NetworkCache | None = None
    masters: tuple[OtherMaster, ...] = ()
    frontends: tuple[Frontend, ...] = ()
    memberships: Mapping[ComputerGuid, Mapping[str, str]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    http_proxy_targets: tuple[str, ...] = ()
    state: Path = Path()

    def __post_init__(self) -> None:
        """Refuse a port that does not exist, and a master that the network could reach and fool.

        Raises:
            ConfigurationError: one of these.
        """
        if self.port not in _PORTS:
            raise ConfigurationError(f"port {self.port} is not between 0 and 65535")
        if self.trust.mode is TrustMode.OPEN and not self.allow_open_network:
            refuse_open_network(self.host)
        if self.trust.mode is TrustMode.TLS and self.trust.header and not self.trust.header_from_network:
            refuse_header_from_network(self.host, self.trust.header)

    @property
    def certificate_directory(self) -> Path:
        """Return where the certificate authority lives: as configured, or beside the database."""
        if self.trust.directory is not None:
            return self.trust.directory
        beside = self.state if "://" in self.database_uri else Path(self.database_uri).parent
        return beside / "certificates"

    def with_options(self, **options: object) -> "ProxySettings":
        """Return the settings with those that were given on the command line (None: not given).

        Raises:
            ConfigurationError: an option contradicts the rest, or there is no such setting.
        """
        given = {name: value for name, value in options.items() if value is not None}
        unknown = set(given) - {known.name for known in fields(self)}
        if unknown:
            raise ConfigurationError(f"the master has no setting {', '.join(sorted(unknown))}")
        return replace(self, **given)  # type: ignore[arg-type]  # checked against the fields above


def state_directory(environment: Mapping[str, str]) -> Path:
    """Return the directory that keeps the user's slapos state, by the XDG convention."""
    configured = environment.get("XDG_STATE_HOME", "")
    root = Path(configured) if configured else _home(environment) / ".local" / "state"
    return root / "slapos"


def _home(environment: Mapping[str, str]) -> Path:
    """Return the user's home directory; the root where there is none, as in containers with a bare number."""
    named = environment.get("HOME", "")
    try:
        return Path(named or pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/")


def default_settings(environment: Mapping[str, str]) -> ProxySettings:
    """Return the settings of a master that nobody configured."""
    directory = state_directory(environment)
    return ProxySettings(database_uri=str(directory / DATABASE_NAME), state=directory)


def settings_from(path: Path | None, environment: Mapping[str, str]) -> tuple[ProxySettings, tuple[str, ...]]:
    """Read the settings from a configuration file; without one they are the defaults.

    Returns:
        The settings, and a warning for each key that nobody reads.

    Raises:
        ConfigurationError: the file cannot be read, or a value is malformed.
    """
    if path is None:
        return default_settings(environment), ()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    return read_settings(parse_configuration(text, str(path)), environment)


def read_settings(
    configuration: Configuration, environment: Mapping[str, str]
) -> tuple[ProxySettings, tuple[str, ...]]:
    """Read the settings from section [slapproxy] merged with [slapos].

    Returns:
        The settings, and a warning for each key that nobody reads.

    Raises:
        ConfigurationError: a value is malformed; the message names file, section and key.
    """
    section = configuration.section("slapproxy", "slapos")
    defaults = default_settings(environment)
    settings = ProxySettings(
        host=section.text("host", defaults.host),
        port=_port(section, defaults.port),
        database_uri=section.text("database_uri", defaults.database_uri),
        computer=_computer(section),
        products=_products(section),
        local_software_release_root=section.text("local_software_release_root", "/"),
        public_directory=_optional_path(section, "public_directory_path"),
        public_url=section.text("public_url", ""),
        log_file=_optional_path(section, "log_file"),
        allow_open_network=section.boolean("allow_open_network", default=False),
        limits=_limits(section),
        trust=_trust(section),
        cache=_network_cache(section),
        masters=masters_of(configuration),
        frontends=frontends_of(configuration),
        memberships=memberships_of(configuration),
        http_proxy_targets=section.lines("http_proxy_targets"),
        state=defaults.state,
    )
    own = configuration.section("slapproxy")
    warnings = tuple(
        f"{own.source}: section [slapproxy]: {key} is not a setting of the master and has no effect"
        for key in own.unknown(KNOWN_KEYS)
    )
    return settings, warnings


def _port(section: Section, default: int) -> int:
    port = section.integer("port", default)
    if port not in _PORTS:
        raise section.wrong("port", "is not between 0 and 65535")
    return port


def _computer(section: Section) -> ComputerGuid:
    try:
        return computer_guid(section.text("computer_id", DEFAULT_COMPUTER))
    except InvalidInput as error:
        raise section.wrong("computer_id", f"is no computer id: {error.hint}") from error


def _optional_path(section: Section, key: str) -> Path | None:
    text = section.text(key, "")
    return Path(text).expanduser() if text else None


def _products(section: Section) -> Mapping[str, tuple[str, ...]]:
    products: dict[str, tuple[str, ...]] = {}
    for line in section.lines("software_product_list"):
        words = line.split()
        if len(words) != 2:
            raise section.wrong("software_product_list", f"has the line {line!r}, which is not `name url`")
        products[words[0]] = (*products.get(words[0], ()), words[1])
    return MappingProxyType(products)


def _limits(section: Section) -> Limits:
    defaults = Limits()
    return Limits(
        body=section.size("max_body_size", str(defaults.body)),
        seconds=float(section.integer("request_timeout", int(defaults.seconds))),
        keep_alive=section.integer("keep_alive_timeout", defaults.keep_alive),
        stop=section.integer("stop_timeout", defaults.stop),
        threads=max(1, section.integer("worker_threads", defaults.threads)),
    )


def _trust(section: Section) -> Trust:
    text = section.text("trust", TrustMode.OPEN.value)
    if text not in set(TrustMode):
        raise section.wrong("trust", "is neither open nor tls")
    return Trust(
        mode=TrustMode(text),
        directory=_optional_path(section, "certificate_directory"),
        header=section.text("trusted_certificate_header", "").lower(),
        header_from_network=section.boolean("trusted_header_from_network", default=False),
        certificate=section.text("tls_certificate_file", ""),
        key=section.text("tls_key_file", ""),
        host_names=tuple(re.split(r"[\s,]+", section.text("tls_host_names", "localhost"))),
    )


def _network_cache(section: Section) -> NetworkCache | None:
    content = _optional_path(section, "shacache_content_directory")
    metadata = _optional_path(section, "shacache_metadata_directory")
    if content is None or metadata is None:
        if content is not None or metadata is not None:
            raise ConfigurationError(
                f"{section.source}: section [{section.name}]: shacache_content_directory and "
                "shacache_metadata_directory go together, one of them is missing"
            )
        return None
    return NetworkCache(
        content=content,
        metadata=metadata,
        upstream_content=section.text("shacache_upstream_cache_url", ""),
        upstream_metadata=section.text("shacache_upstream_dir_url", ""),
    )
