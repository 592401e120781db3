"""The files of the binary cache: contents named by their SHA-512, entries that say what they are."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slap_domain.errors import InvalidInput, NotFound
from slap_proxy.whole_files import PUBLIC, Incoming, incoming_file

_SHA512 = re.compile(r"[0-9a-f]{128}\Z")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=+~@-]{0,254}\Z")
ENTRY_LIMIT = 1024 * 1024
_ENTRIES_LIMIT = 1000


class CacheFiles:
    """Contents and entries below two directories, each file written whole or not at all."""

    def __init__(self, content: Path, metadata: Path) -> None:
        self._content = content
        self._metadata = metadata
        self._entries_lock = threading.Lock()

    def content_path(self, sha512: str) -> Path:
        """Return where a content is kept.

        Raises:
            InvalidInput: that is no SHA-512 in lower-case hex.
        """
        if not _SHA512.match(sha512):
            raise InvalidInput("a content is named by its SHA-512, 128 lower-case hexadecimal digits")
        return self._content / sha512

    def find_content(self, sha512: str) -> Path | None:
        """Return the file of a content, None when it is not here."""
        path = self.content_path(sha512)
        return path if path.is_file() else None

    @contextmanager
    def receiving(self) -> Iterator["Reception"]:
        """Receive a content piece by piece; unless it is kept, nothing of it stays."""
        self._content.mkdir(parents=True, exist_ok=True)
        with incoming_file(self._content) as incoming:
            yield Reception(incoming, self.content_path)

    def entries(self, key: str) -> bytes | None:
        """Return the JSON list of the entries of a key, None when there is none."""
        path = self._entry_path(key)
        return path.read_bytes() if path.is_file() else None

    def keep_entries(self, key: str, document: bytes) -> None:
        """Keep the whole list of a key, as an upstream cache gave it.

        Raises:
            InvalidInput: it is no list of entries.
        """
        entries = _parsed(document)
        if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
            raise InvalidInput("the document is not a list of [text, signature] pairs")
        with self._entries_lock:
            self._write(key, entries)

    def add_entry(self, key: str, document: bytes) -> None:
        """Add one entry to a key; those that are there stay, the same one is not kept twice.

        Raises:
            InvalidInput: it is no entry, or the key has too many.
        """
        entry = _parsed(document)
        if not _is_entry(entry):
            raise InvalidInput("an entry is a pair [text, signature]")
        with self._entries_lock:
            known = self.entries(key)
            entries = json.loads(known) if known is not None else []
            if entry in entries:
                return
            if len(entries) >= _ENTRIES_LIMIT:
                raise InvalidInput(f"key {key} has {len(entries)} entries already")
            self._write(key, [entry, *entries])

    def _entry_path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise InvalidInput(f"key {key[:80]!r} is not valid")
        return self._metadata / key

    def _write(self, key: str, entries: list[object]) -> None:
        path = self._entry_path(key)
        self._metadata.mkdir(parents=True, exist_ok=True)
        with incoming_file(self._metadata) as incoming:
            incoming.file.write(json.dumps(entries).encode())
            incoming.publish(path, PUBLIC)


class Reception:
    """A content on its way in."""

    def __init__(self, incoming: Incoming, path_of: Callable[[str], Path]) -> None:
        self._incoming = incoming
        self._path_of = path_of
        self._digest = hashlib.sha512()

    def add(self, piece: bytes) -> None:
        """Take a piece."""
        self._digest.update(piece)
        self._incoming.file.write(piece)

    def keep(self, expected: str = "") -> str:
        """Make the content available and return its SHA-512.

        Raises:
            InvalidInput: it is not the expected content.
        """
        sha512 = self._digest.hexdigest()
        if expected and sha512 != expected:
            raise InvalidInput(f"the content has the SHA-512 {sha512}, not the one it was announced with")
        self._incoming.publish(self._path_of(sha512), PUBLIC)
        return sha512


def _parsed(document: bytes) -> object:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        raise InvalidInput("the document is not JSON") from None


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(isinstance(text, str) for text in entry)


def require(path: Path | None, what: str) -> Path:
    """Return a file that must be there.

    Raises:
        NotFound: it is not.
    """
    if path is None:
        raise NotFound(f"{what} is not in the cache")
    return path
