"""What a node is told by its configuration file and its command line, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from slap_domain.errors import ConfigurationError, InvalidInput
from slap_domain.model.configuration import Configuration, Section
from slap_domain.model.references import ComputerGuid, PartitionId, computer_guid
from slap_node.known_keys import unread_keys

_Overrides = Mapping[str, object]
_EMPTY: Mapping[str, str] = MappingProxyType({})
_NO_SECTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """A node's settings.

    Attributes:
        source: the file they were read from, for messages.
        maximum_periodicity: seconds after which an unchanged partition is processed again; 0: always,
            negative: never.
        promise_timeout: seconds that one promise may take.
        partition_timeout: seconds that the deployment of one partition may take; None: no limit.
        single_user: everything runs as whoever runs the node, be it root, and nobody else is become.
        software_min_free_space: bytes that must be free before a build.
        only_software: URLs or MD5 names of the releases to work on; empty: all.
        only_partitions: the partitions to work on; empty: all.
        maximal_delay: seconds of the longest random sleep before a run; 0: none.
        jobs: how many partitions or releases are worked on at once.
        passed_environment: names of variables that builds and recipes get besides the usual ones.
        network_cache: section [networkcache], with the key that signs uploads.
        firewall: section [firewall] as written; None when there is none.
        managers: sections [manager:<name>] by name.
        merged: [slapos] and [networkcache] merged, command line included: what managers are given.
        given: the keys that the command line has set.
        warnings: what is odd in the file, for the log.
    """

    source: str
    computer: ComputerGuid
    master_url: str
    software_root: PurePosixPath
    instance_root: PurePosixPath
    key_file: str = ""
    cert_file: str = ""
    certificate_repository: PurePosixPath | None = None
    master_ca_file: str = ""
    shared_parts: tuple[PurePosixPath, ...] = ()
    build_time_parts: tuple[PurePosixPath, ...] = ()
    buildout_debug: bool = False
    root_check: bool = True
    single_user: bool = False
    pidfiles: Mapping[str, PurePosixPath] = field(default_factory=dict)
    maximal_delay: int = 0
    maximum_periodicity: int = 86400
    promise_timeout: float = 20.0
    partition_timeout: float | None = None
    launches_supervisor: bool = True
    software_min_free_space: int = 0
    instance_min_free_space: int = 0
    storage_home: str = ""
    ipv4_global_network: str = ""
    only_software: tuple[str, ...] = ()
    only_partitions: tuple[PartitionId, ...] = ()
    manager_names: tuple[str, ...] = ()
    develop: bool = False
    jobs: int = 1
    passed_environment: tuple[str, ...] = ()
    network_cache: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    firewall: Mapping[str, str] | None = None
    managers: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NO_SECTIONS)
    merged: Mapping[str, str] = field(default_factory=lambda: _EMPTY, repr=False)
    given: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def node_settings(configuration: Configuration, overrides: _Overrides | None = None) -> NodeSettings:
    """Read a node's settings.

    Args:
        configuration: the parsed file.
        overrides: values of the command line; None means not given; dashes in names may be underscores.

    Raises:
        ConfigurationError: a mandatory key is missing, or a value is malformed; it names file, section, key.
    """
    section = _merged_section(configuration, overrides or {})
    (root, software_root), (key_file, cert_file, repository) = _roots(section), _identity(section)
    return NodeSettings(
        source=configuration.source,
        computer=_computer(section),
        master_url=_master_url(section),
        software_root=software_root,
        instance_root=root,
        master_ca_file=section.text("master_ca_file", ""),
        key_file=key_file,
        cert_file=cert_file,
        certificate_repository=PurePosixPath(repository) if repository else None,
        shared_parts=_paths(section, "shared_part_list"),
        build_time_parts=_paths(section, "build_time_part_list"),
        buildout_debug=section.boolean("buildout_debug", default=False),
        root_check=section.boolean("root_check", default=True),
        single_user=section.boolean("single_user", default=False),
        pidfiles=_pidfiles(section, root),
        maximal_delay=section.integer("maximal_delay", 0),
        maximum_periodicity=section.integer("maximum_periodicity", 86400),
        promise_timeout=_seconds(section, "promise_timeout") or 20.0,
        partition_timeout=_seconds(section, "partition_timeout"),
        launches_supervisor=not section.boolean("forbid_supervisord_automatic_launch", default=False),
        software_min_free_space=section.size("software_min_free_space", "1000M"),
        instance_min_free_space=section.size("instance_min_free_space", "1000M"),
        storage_home=section.text("instance_storage_home", ""),
        ipv4_global_network=section.text("ipv4_global_network", ""),
        only_software=_words(section.text("only_sr", "")),
        only_partitions=tuple(PartitionId(word) for word in _words(section.text("only_cp", ""))),
        manager_names=_words(section.text("manager_list", "")),
        develop=section.boolean("develop", default=False),
        jobs=_jobs(section),
        passed_environment=_words(section.text("passed_environment", "")),
        network_cache=_network_cache(configuration, section),
        firewall=configuration.sections.get("firewall"),
        managers=_managers(configuration),
        merged=section.values,
        given=section.given,
        warnings=unread_keys(configuration),
    )


def _merged_section(configuration: Configuration, overrides: Mapping[str, object]) -> Section:
    # [networkcache] comes second and so wins over [slapos], as deployed files rely on.
    values = {
        _canonical(key): value
        for key, value in configuration.section("networkcache", "slapos").values.items()
    }
    given = {_canonical(key): str(value) for key, value in overrides.items() if value is not None}
    return Section(source=configuration.source, name="slapos", values=values | given, given=frozenset(given))


def _network_cache(configuration: Configuration, section: Section) -> Mapping[str, str]:
    """Return section [networkcache], with the key that signs uploads where it is named elsewhere.

    The command line wins over the section, and the section over [slapos], which names no cache by itself.
    """
    values = configuration.section("networkcache").values
    named = {"signature-private-key-file": section.values.get("signature_private_key_file", "")}
    if "signature_private_key_file" in section.given:
        return {**values, **named}
    return {**named, **values} if values else values


def _canonical(key: str) -> str:
    return {"only-sr": "only_sr", "only-cp": "only_cp"}.get(key, key)


def _computer(section: Section) -> ComputerGuid:
    try:
        return computer_guid(section.text("computer_id"))
    except InvalidInput as error:
        raise section.wrong("computer_id", f"is no computer id ({error})") from error


def _master_url(section: Section) -> str:
    url = section.text("master_url")
    if not url.lower().startswith(("http://", "https://")):
        raise section.wrong(
            "master_url", "is no URL of a master", hint="write http://host:port/ or https://host:port/"
        )
    return url


def _root(section: Section, key: str) -> PurePosixPath:
    """Return a directory that supervisor and recipes, which work elsewhere, find too."""
    path = PurePosixPath(section.text(key))
    if not path.is_absolute():
        raise section.wrong(key, "does not begin with /", hint=f"write the whole path of {key}")
    return path


def _roots(section: Section) -> tuple[PurePosixPath, PurePosixPath]:
    """Return the directory of the partitions and that of the releases."""
    root, software_root = _root(section, "instance_root"), _root(section, "software_root")
    if root == software_root:
        raise section.wrong(
            "software_root", "is instance_root too", hint="give partitions and software a directory each"
        )
    return root, software_root


def _identity(section: Section) -> tuple[str, str, str]:
    key_file, cert_file = section.text("key_file", ""), section.text("cert_file", "")
    repository = section.text("certificate_repository_path", "")
    if key_file or cert_file:
        for key in ("key_file", "cert_file", "certificate_repository_path"):
            section.text(key)
    return key_file, cert_file, repository


def _pidfiles(section: Section, instance_root: PurePosixPath) -> dict[str, PurePosixPath]:
    shared = section.text("pidfile", "")
    names = {"software": "slapgrid-sr.pid", "instance": "slapgrid-cp.pid", "report": "slapgrid-ur.pid"}
    return {
        activity: PurePosixPath(
            section.text(f"pidfile_{activity}", shared or str(instance_root / "var" / "run" / name))
        )
        for activity, name in names.items()
    }


def _paths(section: Section, key: str) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(line) for line in section.lines(key))


def _seconds(section: Section, key: str) -> float | None:
    text = section.text(key, "")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        raise section.wrong(key, "is not a number of seconds") from None
    if not 0 < seconds < float("inf"):
        raise section.wrong(key, "is not a positive number of seconds")
    return seconds


def _jobs(section: Section) -> int:
    jobs = section.integer("jobs", os.cpu_count() or 1)
    if jobs < 1:
        raise section.wrong("jobs", "is less than 1")
    return jobs


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _managers(configuration: Configuration) -> dict[str, Mapping[str, str]]:
    # Any one character may separate the word from the name (node-conventions section 10).
    return {
        name[len("manager") + 1 :]: values
        for name, values in configuration.sections.items()
        if name.startswith("manager") and len(name) > len("manager") + 1
    }


def check_identity_files(settings: NodeSettings, *, formats: bool = False) -> None:
    """Make sure that the files that identify the node to its master are there.

    Args:
        settings: which name them.
        formats: whether the directory of the partitions' certificates is about to be made.

    Raises:
        ConfigurationError: one of them, or the repository of the partitions' certificates, is not.
    """
    for key, path in (
        ("key_file", settings.key_file),
        ("cert_file", settings.cert_file),
        ("master_ca_file", settings.master_ca_file),
    ):
        if path and not Path(path).is_file():
            raise ConfigurationError(f"{_place(settings, key)}: {key} = {path!r} is no file")
    repository = settings.certificate_repository
    if repository is not None and not formats and not Path(repository).is_dir():
        raise ConfigurationError(
            f"{_place(settings, 'certificate_repository_path')}: "
            f"certificate_repository_path = {str(repository)!r} is no directory",
            hint="run `slapos node format`, which makes it",
        )


def _place(settings: NodeSettings, key: str) -> str:
    return "the command line" if key in settings.given else f"{settings.source}: section [slapos]"
