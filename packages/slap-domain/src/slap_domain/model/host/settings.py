"""What an operator sets about the format of a computer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, ip_interface
from pathlib import PurePosixPath

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import Configuration, Section
from slap_domain.model.references import ComputerGuid, computer_guid

PARTITION_LIMIT = 10_000
# What shadow-utils accept, with room for the partition's number.
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,26}\Z")
_INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}\Z")
_GONE = ("bridge_name", "no_bridge")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatSettings:
    """How a computer is to be formatted (node-conventions section 16).

    Attributes:
        instance_storage_home: where extra disks are mounted as `data0`, `data1`, …; None without.
        certificate_repository: where certificates of partitions go; None when the master gives none.
        record: the file `computer_xml`: what the last run made, which the next run keeps to.
        shared_addresses: addresses that every partition has in place of one of its own of that family; for a
            machine whose network is not altered.
        public_ipv4: what the machine is known by outside, told to the master; nobody is asked for it.

    Raises:
        ConfigurationError: an amount or a prefix shift is out of bounds.
    """

    computer: ComputerGuid
    software_root: PurePosixPath
    instance_root: PurePosixPath
    record: PurePosixPath
    partition_amount: int
    json_document: PurePosixPath | None = None
    input_definition: PurePosixPath | None = None
    output_definition: PurePosixPath | None = None
    instance_storage_home: PurePosixPath | None = None
    certificate_repository: PurePosixPath | None = None
    partition_prefix: str = "slappart"
    user_prefix: str = "slapuser"
    tap_prefix: str = "slaptap"
    software_user: str = "slapsoft"
    interface: str = ""
    ipv6_interface: str = ""
    ipv4_network: IPv4Network | None = None
    ipv6_ranges: bool = True
    ipv6_prefixshift: int = 16
    create_tap: bool = True
    tap_ipv6: bool = True
    tap_gateway_interface: str = ""
    create_tun: bool = False
    tun_ipv6: bool = True
    alter_network: bool = True
    alter_user: bool = True
    shared_addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()
    public_ipv4: str = ""

    def __post_init__(self) -> None:
        """Refuse what no machine could be."""
        if not 0 <= self.partition_amount <= PARTITION_LIMIT:
            raise ConfigurationError(
                f"partition_amount {self.partition_amount} is not 0 to {PARTITION_LIMIT}"
            )
        self._check_names()
        if not 2 <= self.ipv6_prefixshift <= 64:
            raise ConfigurationError(f"ipv6_prefixshift {self.ipv6_prefixshift} is not 2 to 64")
        if 2**self.ipv6_prefixshift < 4 * self.partition_amount:
            raise ConfigurationError(
                f"ipv6_prefixshift {self.ipv6_prefixshift} has no room for that many partitions",
                hint="2 to the power of ipv6_prefixshift must be at least 4 times partition_amount",
            )
        if self.alter_network and not self.interface:
            raise ConfigurationError(
                "interface_name is not set",
                hint="set it in section [slapformat], or set alter_network = false",
            )

    def _check_names(self) -> None:
        accounts = {"user_base_name": self.user_prefix, "software_user": self.software_user}
        for key, name in accounts.items():
            if not _ACCOUNT.match(name):
                raise ConfigurationError(
                    f"{key} {name[:80]!r} is no name of a Linux account",
                    hint="use up to 27 letters, digits, '_' or '-', starting with a letter or '_'",
                )
        names = {"tap_base_name": self.tap_prefix}
        names |= {"interface_name": self.interface} if self.interface else {}
        names |= {"ipv6_interface": self.ipv6_interface} if self.ipv6_interface else {}
        for key, name in names.items():
            if not _INTERFACE.match(name):
                raise ConfigurationError(
                    f"{key} {name[:80]!r} is no name of a network interface",
                    hint="use up to 15 letters, digits, '.', '_' or '-'",
                )

    @property
    def needs_ipv6(self) -> bool:
        """Tell whether the machine must have a global IPv6 address, to make those of partitions from."""
        given = self.input_definition is not None or any(item.version == 6 for item in self.shared_addresses)
        return self.alter_network and not given

    @property
    def global_interface(self) -> str:
        """Return the interface that carries the global IPv6 address."""
        return self.ipv6_interface or self.interface


def _boolean(section: Section, key: str, *, default: bool) -> bool:
    """Return a truth value: here only the two words count (node-conventions section 16)."""
    if section.text(key, "").lower() not in {"", "true", "false"}:
        raise section.wrong(key, "is neither true nor false", hint="write true or false")
    return section.boolean(key, default=default)


def _partition_amount(section: Section) -> int:
    amount = section.integer("partition_amount")
    if not 0 <= amount <= PARTITION_LIMIT:
        raise section.wrong("partition_amount", f"is not 0 to {PARTITION_LIMIT}")
    return amount


def _path(section: Section, key: str) -> PurePosixPath | None:
    text = section.text(key, "")
    return PurePosixPath(text) if text else None


def _ipv4_network(section: Section) -> IPv4Network | None:
    text = section.text("ipv4_local_network", "")
    if not text:
        return None
    try:
        return IPv4Network(text)
    except ValueError:
        raise section.wrong("ipv4_local_network", "is not an IPv4 network such as 10.0.0.0/16") from None


def _shared_addresses(section: Section) -> tuple[IPv4Interface | IPv6Interface, ...]:
    try:
        return tuple(ip_interface(text) for text in section.text("shared_addresses", "").split())
    except ValueError:
        raise section.wrong("shared_addresses", "is not a list of addresses such as 127.0.0.1 ::1") from None


def _record(section: Section, instance_root: PurePosixPath) -> PurePosixPath:
    return _path(section, "computer_xml") or instance_root / "var" / "slapos.xml"


def _merged(configuration: Configuration, overrides: Mapping[str, str]) -> Section:
    merged = configuration.section("slapos", "slapformat")
    return Section(
        source=merged.source,
        name=merged.name,
        values={**merged.values, **overrides},
        origins={key: name for key, name in merged.origins.items() if key not in overrides},
    )


def format_settings(
    configuration: Configuration, overrides: Mapping[str, str] | None = None
) -> FormatSettings:
    """Read the settings: [slapos] wins over [slapformat], and the command line over both.

    Args:
        configuration: the node's configuration.
        overrides: values of the command line, under the keys of the file.

    Raises:
        ConfigurationError: a value is missing or wrong; the message names file, section and key.
    """
    section = _merged(configuration, overrides or {})
    for key in _GONE:
        if key in section.values:
            raise section.wrong(key, "is about bridges, which are no longer made", hint=f"remove {key}")
    instance_root = PurePosixPath(section.text("instance_root"))
    return FormatSettings(
        computer=computer_guid(section.text("computer_id")),
        software_root=PurePosixPath(section.text("software_root")),
        instance_root=instance_root,
        record=_record(section, instance_root),
        partition_amount=_partition_amount(section),
        json_document=_path(section, "computer_json"),
        input_definition=_path(section, "input_definition_file"),
        output_definition=_path(section, "output_definition_file"),
        instance_storage_home=_path(section, "instance_storage_home"),
        certificate_repository=_path(section, "certificate_repository_path"),
        partition_prefix=section.text("partition_base_name", "slappart"),
        user_prefix=section.text("user_base_name", "slapuser"),
        tap_prefix=section.text("tap_base_name", "slaptap"),
        software_user=section.text("software_user", "slapsoft"),
        interface=section.text("interface_name", ""),
        ipv6_interface=section.text("ipv6_interface", ""),
        ipv4_network=_ipv4_network(section),
        ipv6_ranges=_boolean(section, "partition_has_ipv6_range", default=True),
        ipv6_prefixshift=section.integer("ipv6_prefixshift", 16),
        create_tap=_boolean(section, "create_tap", default=True),
        tap_ipv6=_boolean(section, "tap_ipv6", default=True),
        tap_gateway_interface=section.text("tap_gateway_interface", ""),
        create_tun=_boolean(section, "create_tun", default=False),
        tun_ipv6=_boolean(section, "tun_ipv6", default=True),
        alter_network=_boolean(section, "alter_network", default=True),
        alter_user=_boolean(section, "alter_user", default=True),
        shared_addresses=_shared_addresses(section),
        public_ipv4=section.text("public_ipv4_address", ""),
    )
