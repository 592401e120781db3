"""What a cache has, and how it is told to people."""

from collections.abc import Sequence
from dataclasses import dataclass

from slap_domain.errors import ConfigurationError, InvalidInput, NotFound
from slap_domain.model.binary_cache import (
    CacheEntry,
    Platform,
    cache_entries,
    file_key,
    is_http,
    package_key,
    release_key,
)
from slap_node.networkcache.settings import NetworkCacheSettings
from slap_node.networkcache.signatures import SignatureCheck
from slap_node.outbound import Outbound

# People wait for the answer; a node that builds may wait longer.
PATIENCE = 20.0
_KEY_WIDTH = 14
_CELL = 300
_UNTRUSTED = " (untrusted)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a cache has under a key.

    Attributes:
        trusted: signed by one of those who are believed.
        others: signed by nobody who is.
    """

    key: str
    trusted: tuple[CacheEntry, ...] = ()
    others: tuple[CacheEntry, ...] = ()


class CacheLookup:
    """Asks the caches of a configuration.

    Raises, every method: `ConfigurationError`, `NotFound`, `TemporarilyUnavailable`, `InvalidInput`.
    """

    def __init__(self, settings: NetworkCacheSettings, outbound: Outbound | None = None) -> None:
        self._settings = settings
        self._outbound = outbound or Outbound(tls=settings.entry_tls, patience=PATIENCE)
        self._check = SignatureCheck(settings.certificates)

    def release(self, url_or_md5: str) -> Found:
        """Return the builds of a release, by its URL or the MD5 of that."""
        key = release_key(_given(url_or_md5, "URL of a software release"))
        return self._found(self._settings.binary_dir, "download-binary-dir-url", key)

    def file(self, url: str) -> Found:
        """Return the copies of a file that was downloaded from a URL."""
        return self._found(self._settings.source_dir, "download-dir-url", file_key(_given(url, "URL")))

    def package(self, name: str, version: str) -> Found:
        """Return the copies of a Python package."""
        return self._found(self._settings.source_dir, "download-dir-url", package_key(name, version))

    def _found(self, directory: str, option: str, key: str) -> Found:
        if not is_http(directory):
            raise ConfigurationError(
                f"section [networkcache]: {option} is {'not set' if not directory else 'no HTTP URL'}",
                hint=f"add a line `{option} = https://…` to section [networkcache]",
            )
        entries = self._entries(directory, key)
        trusted = tuple(entry for entry in entries if self._check.trusts(entry.text, entry.signature))
        return Found(
            key=key, trusted=trusted, others=tuple(entry for entry in entries if entry not in trusted)
        )

    def _entries(self, directory: str, key: str) -> tuple[CacheEntry, ...]:
        try:
            entries = cache_entries(self._outbound.get(f"{directory.rstrip('/')}/{key}"))
        except NotFound:  # what its server writes about it is a page for browsers
            entries = ()
        except InvalidInput as error:
            raise InvalidInput(f"{directory}: {error}") from error
        if not entries:
            raise NotFound(f"it is not in the cache: the cache has nothing under {key}")
        return entries


def _given(text: str, what: str) -> str:
    if not text.strip():
        raise InvalidInput(f"the {what} is empty")
    return text


def release_lines(name: str, found: Found, platform: Platform) -> tuple[str, ...]:
    """Return what `cache lookup` prints: for which systems there are builds, and which run on this one.

    Builds that nobody who is believed has signed are told apart: this machine would not use them.
    """
    listed, mark = (found.trusted, "") if found.trusted else (found.others, _UNTRUSTED)
    rows = sorted(
        {
            (entry.system.id, entry.system.version, entry.system.codename, entry.is_built_for(platform))
            for entry in listed
            if entry.system is not None
        }
    )
    header = ("distribution", "version", "id", "compatible?")
    table = [header, *((a, b, c, ("yes" if runs else "no") + mark) for a, b, c, runs in rows)]
    lines = [*_heading("Software URL", name, found.key), "-------------", "Available for:"]
    return (*lines, *_table(table), *_elsewhere(listed, platform), *_untrusted(found))


def file_lines(what: str, name: str, found: Found) -> tuple[str, ...]:
    """Return what `cache source` prints: the contents under a key."""
    listed, mark = (found.trusted, "") if found.trusted else (found.others, _UNTRUSTED)
    table = [("sha512", "url"), *sorted({(entry.sha512, entry.url + mark) for entry in listed})]
    lines = [*_heading(what, name, found.key), "-------------", "Available:"]
    return (*lines, *_table(table), *_untrusted(found))


def _heading(what: str, name: str, key: str) -> tuple[str, ...]:
    label, _, value = key.rpartition(":")
    titles = {"": "MD5", "file-urlmd5": "MD5", "pypi": "Key"}
    first = () if name == value else (f"{what + ':':<{_KEY_WIDTH}}{name}",)
    return (*first, f"{titles[label] + ':':<{_KEY_WIDTH}}{value}")


def _table(entries: Sequence[tuple[str, ...]]) -> list[str]:
    rows = [tuple(map(_printable, cells)) for cells in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return lines


def _printable(text: str) -> str:
    """Escape what would move the cursor or colour the terminal: anybody may send entries."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text[:_CELL]
    )


def _elsewhere(entries: Sequence[CacheEntry], platform: Platform) -> tuple[str, ...]:
    """Tell of builds for this system that are of no use, because they lie elsewhere."""
    roots = sorted(
        {
            _printable(entry.software_root)
            for entry in entries
            if platform.software_root and entry.is_built_for(platform) and not entry.runs_on(platform)
        }
    )
    return tuple(f"(the build for software_root {root} is not used by this machine)" for root in roots)


def _untrusted(found: Found) -> tuple[str, ...]:
    if not found.others:
        return ()
    number, more = len(found.others), " more" if found.trusted else ""
    entries = f"1{more} entry is" if number == 1 else f"{number}{more} entries are"
    return (f"({entries} not signed by anyone in signature-certificate-list)",)
