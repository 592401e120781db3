"""What a standalone system was asked for, kept between commands."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from slap_cli.standalone.place import unusable
from slap_domain.errors import HostFailure, InvalidInput

DEFAULT_PARTITIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedService:
    """A service as it was last asked for."""

    release: str
    type: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a standalone system was asked for.

    Attributes:
        port: where its master listens; 0: not chosen yet.
        services: by name.
        sources: the fingerprint of the local files that each release was built from.
    """

    port: int = 0
    partitions: int = DEFAULT_PARTITIONS
    services: Mapping[str, WantedService] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def with_sources(self, release: str, fingerprint: str) -> "Record":
        """Return the record with what a release was built from."""
        return replace(self, sources={**self.sources, release: fingerprint})

    def with_service(self, name: str, service: WantedService) -> "Record":
        """Return the record with a service added or changed."""
        return replace(self, services={**self.services, name: service})

    def with_partitions(self, wanted: int | None, *, in_use: bool) -> "Record":
        """Return the record with a number of partitions; None: that of the last time.

        Raises:
            InvalidInput: it has more of them, and is in use.
        """
        if wanted is None:
            return self
        least = self.partitions if in_use else 1
        if wanted < least:
            raise InvalidInput(
                f"--partitions {wanted} is less than {least}", hint="partitions are never taken away"
            )
        return replace(self, partitions=wanted)

    def master_url(self) -> str:
        """Return where the master answers."""
        return f"http://127.0.0.1:{self.port}"


def read_record(path: Path) -> Record:
    """Read a record; without a file, nothing was asked for.

    Raises:
        HostFailure: the file cannot be read, or is none of ours.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Record()
    except OSError as error:
        raise unusable(path.parent, error) from error
    except UnicodeDecodeError as error:
        raise HostFailure(f"{path} cannot be read: {error}") from error
    try:
        return _record(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HostFailure(
            f"{path} is not the record of a standalone system: {error}",
            hint="name another directory with --directory",
        ) from error


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all.

    Raises:
        HostFailure: it cannot be written.
    """
    document = {
        "port": record.port,
        "partitions": record.partitions,
        "services": {
            name: {"release": service.release, "type": service.type, "parameters": dict(service.parameters)}
            for name, service in sorted(record.services.items())
        },
        "sources": dict(record.sources),
    }
    write_whole(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all.

    Raises:
        HostFailure: it cannot be written.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except OSError as error:
        raise HostFailure(f"{path} cannot be written: {error.strerror}") from error


def _record(document: Mapping[str, object]) -> Record:
    services = document["services"]
    if not isinstance(services, dict):
        raise TypeError("services is no mapping")
    return Record(
        port=int(str(document["port"])),
        partitions=int(str(document["partitions"])),
        services={
            str(name): WantedService(
                release=str(service["release"]),
                type=str(service["type"]),
                parameters={str(key): str(value) for key, value in service["parameters"].items()},
            )
            for name, service in services.items()
        },
        sources=_texts(document.get("sources", {})),
    )


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError("sources is no mapping")
    return {str(key): str(text) for key, text in value.items()}
