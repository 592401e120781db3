"""The files that make a machine a node, or a person a client, of a master."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from slap_domain.errors import InvalidInput
from slap_domain.model.host.changes import FileChange, MakeDirectory, WriteDocument
from slap_domain.model.host.registration import (
    ClientRegistration,
    HeldIdentity,
    IssuedIdentity,
    LocalSetup,
    NodeRegistration,
)
from slap_domain.model.references import ComputerGuid

LOCAL_COMPUTER = "local_computer"
_SECRET = 0o600
_LOOPBACK = "lo"
# Small enough to be alone on a machine, large enough for any number of partitions.
_LOOPBACK_NETWORK = "127.100.0.0/16"

Lines = list[tuple[str, str]]


def configuration_text(sections: Iterable[tuple[str, Lines]]) -> str:
    """Return a configuration file; a percent sign in a value is doubled, as its readers expect.

    Raises:
        InvalidInput: a value has more than one line.
    """
    parts = []
    for name, lines in sections:
        parts.append(f"[{name}]")
        for key, value in lines:
            if "\n" in value or "\r" in value:
                raise InvalidInput(f"{key} has more than one line")
            parts.append(f"{key} = {value.replace('%', '%%')}")
        parts.append("")
    return "\n".join(parts)


def node_files(registration: NodeRegistration, identity: IssuedIdentity) -> tuple[FileChange, ...]:
    """Return the files of a registered node, in the order in which they are written."""
    place = registration.identity
    return (
        MakeDirectory(path=registration.configuration.parent, mode=0o755),
        MakeDirectory(path=place, mode=0o711),
        MakeDirectory(path=place / "partition_pki", mode=0o711),
        WriteDocument(path=place / "key", text=identity.key, mode=_SECRET),
        WriteDocument(path=place / "certificate", text=identity.certificate, mode=_SECRET),
        WriteDocument(
            path=registration.configuration,
            text=node_configuration(registration, identity.computer),
        ),
    )


def node_configuration(registration: NodeRegistration, computer: ComputerGuid) -> str:
    """Return the `slapos.cfg` of a registered node."""
    place = registration.identity
    slapos: Lines = [
        ("computer_id", computer),
        ("master_url", registration.master_url),
        ("key_file", str(place / "key")),
        ("cert_file", str(place / "certificate")),
        ("certificate_repository_path", str(place / "partition_pki")),
    ]
    slapos += [("master_ca_file", registration.authority)] if registration.authority else []
    slapos += [
        ("software_root", str(registration.software_root)),
        ("instance_root", str(registration.instance_root)),
    ]
    slapformat: Lines = [
        ("computer_xml", str(registration.configuration.parent / "slapos.xml")),
        ("interface_name", registration.interface),
    ]
    slapformat += [("ipv6_interface", registration.ipv6_interface)] if registration.ipv6_interface else []
    slapformat += [("create_tap", "true")] if registration.create_tap else []
    slapformat += [
        ("ipv4_local_network", registration.ipv4_network),
        ("partition_amount", str(registration.partition_number)),
        *_NAMES,
    ]
    return configuration_text([("slapos", slapos), ("slapformat", slapformat)])


_NAMES: Lines = [
    ("partition_base_name", "slappart"),
    ("user_base_name", "slapuser"),
    ("tap_base_name", "slaptap"),
    ("software_user", "slapsoft"),
]


def client_files(registration: ClientRegistration, identity: IssuedIdentity) -> tuple[FileChange, ...]:
    """Return the files of a client, in the order in which they are written."""
    slapos: Lines = [("master_url", registration.master_url)]
    slapos += [("master_ca_file", registration.authority)] if registration.authority else []
    console: Lines = [
        ("cert_file", str(registration.certificate)),
        ("key_file", str(registration.key)),
    ]
    return (
        MakeDirectory(path=registration.configuration.parent, mode=0o700),
        WriteDocument(path=registration.key, text=identity.key, mode=_SECRET),
        WriteDocument(path=registration.certificate, text=identity.certificate, mode=_SECRET),
        WriteDocument(
            path=registration.configuration,
            text=configuration_text([("slapos", slapos), ("slapconsole", console)]),
        ),
    )


def renewed_files(
    held: HeldIdentity, former: Mapping[PurePosixPath, str], identity: IssuedIdentity
) -> tuple[FileChange, ...]:
    """Return the files of an identity that replaces another, which is kept beside it.

    Args:
        held: what is replaced.
        former: what its files say.
        identity: the new one.
    """
    texts = {held.key: identity.key, held.certificate: identity.certificate}
    if held.key == held.certificate:
        texts = {held.key: identity.certificate + identity.key}
    kept = {former_path(path): text for path, text in former.items()}
    return tuple(
        WriteDocument(path=path, text=text, mode=_SECRET) for path, text in (*kept.items(), *texts.items())
    )


def former_path(path: PurePosixPath) -> PurePosixPath:
    """Return where the file of an identity is kept that was replaced."""
    return path.with_name(f"{path.name}.old")


def torn_apart(
    held: HeldIdentity, texts: Mapping[PurePosixPath, str], kept: Mapping[PurePosixPath, str | None]
) -> WriteDocument | None:
    """Return what puts the former key back where a renewal ended after it had written the new one alone.

    Args:
        held: the identity.
        texts: what its files say.
        kept: what those say, by the same paths, that are kept of the former identity; None: there is none.
    """
    key = kept[held.key]
    if key in {None, texts[held.key]} or kept[held.certificate] != texts[held.certificate]:
        return None
    return WriteDocument(path=held.key, text=str(key), mode=_SECRET)


def local_files(setup: LocalSetup) -> tuple[FileChange, ...]:
    """Return the files of a machine that is its own master, in the order in which they are written."""
    supervised = setup.instance_root / "etc" / "supervisord.conf.d"
    data = setup.own_root / "var"
    return (
        MakeDirectory(path=setup.configuration.parent, mode=0o755),
        MakeDirectory(path=setup.own_root, mode=0o755),
        MakeDirectory(path=data, mode=0o700),
        MakeDirectory(path=setup.software_root, mode=0o755),
        MakeDirectory(path=setup.instance_root, mode=0o755),
        MakeDirectory(path=setup.instance_root / "etc", mode=0o700),
        MakeDirectory(path=supervised, mode=0o700),
        WriteDocument(path=setup.configuration, text=local_node_configuration(setup)),
        WriteDocument(path=setup.proxy_configuration, text=_proxy_configuration(setup, data)),
        WriteDocument(
            path=setup.client_configuration,
            text=configuration_text([("slapos", [("master_url", setup.master_url)])]),
        ),
        WriteDocument(path=supervised / "slapproxy.conf", text=_proxy_program(setup, data), mode=_SECRET),
    )


def local_node_configuration(setup: LocalSetup) -> str:
    """Return the `slapos.cfg` of a machine that is its own master."""
    slapos: Lines = [
        ("computer_id", LOCAL_COMPUTER),
        ("master_url", setup.master_url),
        ("software_root", str(setup.software_root)),
        ("instance_root", str(setup.instance_root)),
    ]
    slapformat: Lines = [
        ("computer_xml", str(setup.own_root / "slapos.xml")),
        ("interface_name", setup.interface),
        ("ipv4_local_network", _usable_network(setup)),
        ("partition_amount", str(setup.partition_number)),
        *_NAMES,
    ]
    if not setup.privileged:
        slapos.append(("root_check", "false"))
        slapformat += [("alter_user", "false"), ("alter_network", "false")]
    if not setup.privileged or setup.interface == _LOOPBACK:
        # The loopback interface has no network to take IPv6 addresses from, and no link for taps. An address
        # of the world that it may carry is the machine's own.
        slapformat += [
            ("create_tap", "false"),
            ("partition_has_ipv6_range", "false"),
            ("shared_addresses", "::1"),
        ]
    sections = [("slapos", slapos), ("slapformat", slapformat)]
    if setup.cache:
        sections.append(("networkcache", _cache_urls(setup)))
    return configuration_text(sections)


def _usable_network(setup: LocalSetup) -> str:
    """Return a network whose addresses can be bound: without root, that is only the loopback's."""
    if setup.privileged or setup.ipv4_network.startswith("127."):
        return setup.ipv4_network
    return _LOOPBACK_NETWORK


def local_notes(setup: LocalSetup) -> tuple[str, ...]:
    """Return what is not done as asked, for want of root."""
    if setup.privileged:
        return ()
    notes = []
    if setup.interface != _LOOPBACK:
        notes.append(f"without root no address is added to {setup.interface}: the loopback's are used")
    network = _usable_network(setup)
    if network != setup.ipv4_network:
        notes.append(
            f"without root partitions get addresses of {network} in place of {setup.ipv4_network}: "
            "only those of 127.0.0.0/8 can be used without being configured"
        )
    return tuple(notes)


def _cache_urls(setup: LocalSetup) -> Lines:
    return [
        (f"{use}-{kind}{server}-url", f"{setup.master_url}/shacache/{server}")
        for use in ("download", "upload")
        for kind in ("", "binary-")
        for server in ("cache", "dir")
    ]


def _proxy_configuration(setup: LocalSetup, data: PurePosixPath) -> str:
    lines: Lines = [
        ("host", setup.listen_ip),
        ("port", str(setup.listen_port)),
        ("database_uri", str(data / "slapproxy.db")),
        ("computer_id", LOCAL_COMPUTER),
    ]
    if setup.cache:
        lines += [
            ("shacache_content_directory", str(data / "shacache")),
            ("shacache_metadata_directory", str(data / "shadir")),
        ]
    return configuration_text([("slapproxy", lines)])


def _proxy_program(setup: LocalSetup, data: PurePosixPath) -> str:
    """Return the supervisor's program; paths are quoted for it, and percent signs doubled."""
    command = f'"{setup.slapos}" proxy start --cfg "{setup.proxy_configuration}"'
    lines: Lines = [
        ("directory", str(data)),
        ("command", command),
        ("process_name", "slapproxy"),
        ("autostart", "true"),
        ("autorestart", "true"),
        ("startsecs", "1"),
        ("stopwaitsecs", "60"),
        ("redirect_stderr", "true"),
        ("stdout_logfile", str(data / "slapproxy.log")),
        ("stdout_logfile_maxbytes", "10MB"),
        ("stdout_logfile_backups", "1"),
    ]
    return configuration_text([("program:slapproxy", lines)])
