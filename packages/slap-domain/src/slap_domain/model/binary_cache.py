"""Entries of the binary cache: what they are found by, what they say, and where they are of use."""

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from slap_domain.errors import InvalidInput
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import release_directory_name

SHA512 = re.compile(r"[0-9a-f]{128}\Z")
_MD5 = re.compile(r"[0-9a-f]{32}\Z")
_LEGACY_MACHINE = {"x86_64": "x86_64-linux-gnu"}
_SAME_DISTRIBUTION = {"raspbian": "debian"}


def release_key(url_or_md5: str) -> str:
    """Return the key of a built release, from its URL or from the MD5 of that."""
    return url_or_md5 if _MD5.match(url_or_md5) else release_directory_name(SoftwareUrl(url_or_md5))


def file_key(url: str) -> str:
    """Return the key of a file that was downloaded from a URL."""
    return f"file-urlmd5:{hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()}"


def package_key(name: str, version: str) -> str:
    """Return the key of a Python package."""
    return f"pypi:{name}={version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingSystem:
    """A distribution, as the cache names it."""

    id: str
    version: str
    codename: str = ""

    def runs_builds_of(self, other: "OperatingSystem") -> bool:
        """Tell whether what was built on another system runs on this one (node-conventions section 12)."""
        return self.build_class() == other.build_class()

    def build_class(self) -> tuple[str, ...]:
        """Return what systems that run each other's builds have in common."""
        name = self.id.lower()
        name = _SAME_DISTRIBUTION.get(name, name)
        if name == "debian":
            return name, self.version.partition(".")[0]
        return name, self.version, self.codename


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What a build depends on: the machine's architecture, its system, and where releases are kept.

    Attributes:
        multiarch: as `gcc -dumpmachine` prints it.
        software_root: builds hold absolute paths, so they run only below the same directory.
    """

    multiarch: str
    system: OperatingSystem
    software_root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """What a shadir entry says.

    Attributes:
        sha512: the content it names.
        text: the entry itself, to the letter: what its signature signs.
        signature: base64; empty when there is none.
        system: None when it does not depend on one, as downloads do not.
    """

    sha512: str
    text: str
    signature: str
    url: str = ""
    software_root: str = ""
    multiarch: str = ""
    system: OperatingSystem | None = None

    def runs_on(self, platform: Platform) -> bool:
        """Tell whether the build that it names runs on a platform, at the place it was built for."""
        return self.is_built_for(platform) and self.software_root in {"", platform.software_root}

    def is_built_for(self, platform: Platform) -> bool:
        """Tell whether it is for the platform's system and architecture, wherever releases are kept."""
        machine = _LEGACY_MACHINE.get(self.multiarch, self.multiarch)
        return (
            self.system is not None
            and platform.system.runs_builds_of(self.system)
            and machine == platform.multiarch
        )


def cache_entries(document: str) -> tuple[CacheEntry, ...]:
    """Read the entries of a key, as shadir sends them; entries that make no sense are left out.

    Raises:
        InvalidInput: it is no list of entries.
    """
    try:
        items = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the cache's answer is no JSON: {error}") from error
    if not isinstance(items, list):
        raise InvalidInput("the cache's answer is no list of entries")
    entries = [_entry(item) for item in items]
    return tuple(entry for entry in entries if entry is not None)


def _entry(item: object) -> CacheEntry | None:
    match item:
        case [str(text), str(signature)]:
            values = _object(text)
        case _:
            return None
    sha512 = values.get("sha512")
    if not isinstance(sha512, str) or not SHA512.match(sha512):
        return None
    return CacheEntry(
        sha512=sha512,
        text=text,
        signature=signature,
        url=str(values.get("software_url") or values.get("url") or ""),
        software_root=str(values.get("software_root") or ""),
        multiarch=str(values.get("multiarch") or values.get("machine") or ""),
        system=_system(values.get("os")),
    )


def _object(text: str) -> Mapping[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _system(value: object) -> OperatingSystem | None:
    if isinstance(value, str):
        # Old entries hold the text of a Python tuple or list.
        try:
            value = ast.literal_eval(value[:300])
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    match value:
        case [str(name), str(version), str(codename)] | (str(name), str(version), str(codename)):
            return OperatingSystem(id=name, version=version, codename=codename)
        case _:
            return None


def entry_text(*, sha512: str, url: SoftwareUrl, platform: Platform) -> str:
    """Return the entry of a release that was built on a platform."""
    system = platform.system
    return json.dumps(
        {
            "sha512": sha512,
            "software_url": url,
            "software_root": platform.software_root,
            "multiarch": platform.multiarch,
            "os": [system.id, system.version, system.codename],
        },
        sort_keys=True,
    )


def listed(url: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a URL begins with an entry of a black list or force list."""
    return any(url.startswith(prefix) for prefix in prefixes)


def is_http(url: str) -> bool:
    """Tell whether a cache can be asked at a URL."""
    return urlsplit(url).scheme in {"http", "https"}
