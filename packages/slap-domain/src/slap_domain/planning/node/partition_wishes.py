"""What partitions ask of the node's managers, in files that their recipes write.

The files are written by the partition's user: everything in them is checked before it is believed.
"""

import ipaddress
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from slap_domain.errors import DeploymentFailed
from slap_domain.planning.node.firewall import ipv4_source

_PORTS = range(1, 65536)
_UNPRIVILEGED = 1024


class RedirectProtocol(StrEnum):
    """What is redirected."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRedirect:
    """A port of the machine that leads to a partition.

    Attributes:
        source_address: where to listen; empty: everywhere.
    """

    protocol: RedirectProtocol
    source_port: int
    destination_port: int
    destination_address: str
    source_address: str = ""

    @property
    def program(self) -> str:
        """Return the name of the program that does it."""
        return f"socat-{self.protocol}-{self.source_port}"

    @property
    def needs_root(self) -> bool:
        """Tell whether only root may listen there."""
        return self.source_port < _UNPRIVILEGED

    @property
    def command(self) -> tuple[str, ...]:
        """Return the socat command, to the letter as existing nodes write it: what runs is not restarted."""
        kind = self.protocol.upper()
        family = "6" if ":" in self.source_address else "4"
        bind = f",bind={self.source_address}" if self.source_address else ""
        listen = f"{kind}{family}-LISTEN:{self.source_port}{bind},fork"
        to_family = "6" if ":" in self.destination_address else "4"
        target = f"{kind}{to_family}:{_bracketed(self.destination_address)}:{self.destination_port}"
        return ("socat", listen, target)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class _NoAddressError(Exception):
    """A redirect has no address that could be used."""


def port_redirects(
    text: str, addresses: Sequence[str], file: str
) -> tuple[tuple[PortRedirect, ...], tuple[str, ...]]:
    """Read the redirects that a partition asks for, and why it gets some of them not.

    Args:
        text: a JSON list of {type, srcPort, srcAddress?, destPort, destAddress?}.
        addresses: the partition's own; its first IPv6 one is the destination where none is given.
        file: where the text is from, for messages.

    Returns:
        the redirects, and a warning for each that has no usable address, without which the others do.

    Raises:
        DeploymentFailed: it is malformed.
    """
    redirects, warnings = [], []
    for item in _list(text, file):
        try:
            redirects.append(_redirect(item, addresses, file))
        except _NoAddressError as error:
            warnings.append(f"{file}: {error}; there is no such redirect")
    names = [redirect.program for redirect in redirects]
    if len(set(names)) != len(names):
        raise DeploymentFailed(f"{file} redirects a port twice")
    return tuple(redirects), tuple(warnings)


def _redirect(item: object, addresses: Sequence[str], file: str) -> PortRedirect:
    fields = _mapping(item, file)
    first_ipv6 = next((address for address in addresses if ":" in address), "")
    destination = fields.get("destAddress") or first_ipv6
    if not destination:
        raise _NoAddressError("destAddress is missing, and the partition has no IPv6 address")
    source = fields.get("srcAddress")
    try:
        protocol = RedirectProtocol(str(fields.get("type")))
    except ValueError:
        raise DeploymentFailed(f"{file}: type is neither tcp nor udp") from None
    return PortRedirect(
        protocol=protocol,
        source_port=_port(fields, "srcPort", file),
        destination_port=_port(fields, "destPort", file),
        destination_address=_address(destination),
        source_address=_address(source) if source else "",
    )


def _port(fields: Mapping[str, object], key: str, file: str) -> int:
    try:
        port = int(str(fields.get(key)))
    except ValueError:
        port = 0
    if port not in _PORTS:
        raise DeploymentFailed(f"{file}: {key} is no port")
    return port


def _address(value: object) -> str:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise _NoAddressError(f"{str(value)[:80]!r} is no address") from None


def requested_disks(text: str, allowed: Collection[str] | None, file: str) -> tuple[PurePosixPath, ...]:
    """Read the disks that a partition asks for.

    Args:
        text: a JSON list of {disk}.
        allowed: the only disks that partitions may have; None: all.
        file: where the text is from, for messages.

    Raises:
        DeploymentFailed: it is malformed, or asks for a disk that is not allowed.
    """
    disks = []
    for item in _list(text, file):
        disk = str(_mapping(item, file).get("disk", ""))
        path = PurePosixPath(disk)
        if not path.is_absolute() or ".." in path.parts:
            raise DeploymentFailed(f"{file}: {disk[:200]!r} is no path of a disk")
        if allowed is not None and disk not in allowed:
            raise DeploymentFailed(
                f"{file}: disk {disk} is not for partitions",
                hint="the operator lists such disks as allowed-disk-for-vm",
            )
        disks.append(path)
    return tuple(disks)


def whitelisted_destinations(text: str, file: str) -> tuple[str, ...]:
    """Read the only addresses a partition's programs may speak to, sorted.

    Args:
        text: a JSON list of IPv4 addresses or networks.
        file: where the text is from, for messages.

    Raises:
        DeploymentFailed: it is malformed.
    """
    found = set()
    for item in _list(text, file):
        try:
            found.add(ipv4_source(str(item)))
        except ValueError:
            raise DeploymentFailed(f"{file}: {str(item)[:80]!r} is no IPv4 address or network") from None
    return tuple(sorted(found))


def requested_pids(text: str) -> tuple[int, ...]:
    """Read the processes for which a partition wants a CPU each, in order; other words are left out."""
    return tuple(dict.fromkeys(int(word) for word in text.split() if word.isdecimal() and len(word) < 10))


def plan_exclusive_cpus(pids: Sequence[int], tasks: Mapping[str, Collection[int]]) -> dict[str, int]:
    """Decide which process gets which CPU to itself.

    Args:
        pids: the processes that want one; those that have one keep it.
        tasks: processes on each exclusive CPU, by the CPU's name.

    Returns:
        a process for each CPU that is given away now; with too few CPUs the last processes get none.
    """
    settled = {pid for present in tasks.values() for pid in present}
    free = [cpu for cpu, present in tasks.items() if not present]
    return dict(zip(free, (pid for pid in pids if pid not in settled), strict=False))


def _list(text: str, file: str) -> list[object]:
    try:
        content = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise DeploymentFailed(f"{file} is no JSON") from None
    if not isinstance(content, list):
        raise DeploymentFailed(f"{file} is no JSON list")
    return content


def _mapping(item: object, file: str) -> Mapping[str, object]:
    if not isinstance(item, dict):
        raise DeploymentFailed(f"{file} holds something else than dictionaries")
    return item
