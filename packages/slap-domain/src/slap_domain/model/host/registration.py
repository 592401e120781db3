"""What a machine or a person needs to become known to a master, and what they get."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import PurePosixPath

from slap_domain.errors import InvalidInput, TemporarilyUnavailable
from slap_domain.model.binary_cache import is_http
from slap_domain.model.references import ComputerGuid, computer_guid, instance_title

SOFTWARE_ROOT = PurePosixPath("/opt/slapgrid")
INSTANCE_ROOT = PurePosixPath("/srv/slapgrid")
# Where every master writes the id: in the subject of the certificate (node-conventions section 15).
_COMPUTER_IN_CERTIFICATE = re.compile(r"(COMP-[A-Za-z0-9._-]+?)/email")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedIdentity:
    """A certificate and its key. The key is secret: left out of the representation, stored 0600.

    Raises:
        TemporarilyUnavailable: the master gave none.
    """

    certificate: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no identity."""
        if "-----BEGIN CERTIFICATE-----" not in self.certificate or "-----BEGIN" not in self.key:
            raise TemporarilyUnavailable("the master's answer holds no certificate and key")

    @property
    def computer(self) -> ComputerGuid:
        """Return the id of the computer, which stands in its certificate.

        Raises:
            TemporarilyUnavailable: it does not.
        """
        found = _COMPUTER_IN_CERTIFICATE.search(self.certificate)
        if found is None:
            raise TemporarilyUnavailable("the master's certificate does not say which computer it is for")
        return computer_guid(found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRegistration:
    """What the operator says of a machine that is to be registered.

    Attributes:
        title: the name of the computer, for people.
        configuration: the file `slapos.cfg`; the identity goes into `ssl` beside it.
        ipv6_interface, create_tap: written only when given.
        authority: file of the authority that the master's certificate comes from; empty: the system's.

    Raises:
        InvalidInput: a value could not be configured.
    """

    title: str
    configuration: PurePosixPath
    master_url: str
    interface: str
    partition_number: int
    ipv4_network: str
    software_root: PurePosixPath = SOFTWARE_ROOT
    instance_root: PurePosixPath = INSTANCE_ROOT
    ipv6_interface: str = ""
    create_tap: bool = False
    authority: str = ""

    def __post_init__(self) -> None:
        """Refuse what would make a broken configuration."""
        if not self.title.strip():
            raise InvalidInput("the name of the computer is empty", hint="give it a name of your choice")
        instance_title(self.title)
        _check_url(self.master_url)
        check_layout(self.partition_number, self.ipv4_network)
        _check_apart(self.instance_root, self.software_root)

    @property
    def identity(self) -> PurePosixPath:
        """Return the directory of certificate and key."""
        return self.configuration.parent / "ssl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRegistration:
    """What a person says who wants to use a master.

    Attributes:
        configuration: the file `slapos-client.cfg`; certificate and key go beside it.

    Raises:
        InvalidInput: the URL of the master is none.
    """

    configuration: PurePosixPath
    master_url: str
    authority: str = ""

    def __post_init__(self) -> None:
        """Refuse what would make a broken configuration."""
        _check_url(self.master_url)

    @property
    def certificate(self) -> PurePosixPath:
        """Return the file of the certificate."""
        return self.configuration.parent / "client.crt"

    @property
    def key(self) -> PurePosixPath:
        """Return the file of the key."""
        return self.configuration.parent / "client.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIdentity:
    """An identity that a machine or a person has, as files; both may be in one.

    Attributes:
        computer: whose it is; None: a person's.
    """

    certificate: PurePosixPath
    key: PurePosixPath
    computer: ComputerGuid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSetup:
    """What the operator says of a machine that is to be master, node and client at once.

    Attributes:
        privileged: users are made and the network is altered; else everything runs as one user, on loopback.
        slapos: the command that the supervisor starts the master with.
        cache: the master also serves a binary cache.

    Raises:
        InvalidInput: a value could not be configured.
    """

    configuration: PurePosixPath
    software_root: PurePosixPath
    instance_root: PurePosixPath
    own_root: PurePosixPath
    interface: str
    partition_number: int
    ipv4_network: str
    listen_ip: str
    listen_port: int
    slapos: PurePosixPath
    privileged: bool = True
    cache: bool = False

    def __post_init__(self) -> None:
        """Refuse what would make a broken configuration."""
        check_layout(self.partition_number, self.ipv4_network)
        _check_apart(self.instance_root, self.software_root)
        if not 1 <= self.listen_port <= 65535:
            raise InvalidInput(f"port {self.listen_port} is not 1 to 65535")

    @property
    def proxy_configuration(self) -> PurePosixPath:
        """Return the master's configuration file."""
        return self.configuration.parent / "slapos-proxy.cfg"

    @property
    def client_configuration(self) -> PurePosixPath:
        """Return the client's configuration file."""
        return self.configuration.parent / "slapos-client.cfg"

    @property
    def master_url(self) -> str:
        """Return where the master listens."""
        host = f"[{self.listen_ip}]" if ":" in self.listen_ip else self.listen_ip
        return f"http://{host}:{self.listen_port}"


def _check_url(url: str) -> None:
    if not is_http(url) or not url.isprintable():
        raise InvalidInput(
            f"{url[:200]!r} is no URL of a master", hint="give --master-url a URL that begins with https://"
        )


def _check_apart(instance_root: PurePosixPath, software_root: PurePosixPath) -> None:
    if instance_root == software_root:
        raise InvalidInput(
            f"{instance_root} cannot be the directory of the partitions and of the software at once",
            hint="give each a directory of its own",
        )


def check_layout(partition_number: int, ipv4_network: str) -> None:
    """Refuse a number of partitions or a network that cannot be.

    Raises:
        InvalidInput: it cannot.
    """
    if not 1 <= partition_number <= 10_000:
        raise InvalidInput(f"{partition_number} partitions are not 1 to 10000")
    try:
        IPv4Network(ipv4_network)
    except ValueError:
        raise InvalidInput(
            f"{ipv4_network[:80]!r} is no IPv4 network", hint="use a network such as 10.0.0.0/16"
        ) from None
