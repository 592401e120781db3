"""Reads the documents that stand beside a software release: a local file, or over HTTP."""

from pathlib import Path
from urllib.parse import unquote

from slap_domain.errors import InvalidInput, MasterUnreachable, NotFound

_SIZE_LIMIT = 5 * 1024 * 1024
_SECONDS = 10.0


def read_document(location: str) -> str:
    """Return the text at a URL (http, https or file) or a path.

    Raises:
        NotFound: there is none.
        MasterUnreachable: its server does not answer.
        InvalidInput: it is too big, no text, or its URL has another scheme.
    """
    path = _local_path(location)
    content = _fetched(location) if path is None else _file_content(path)
    if len(content) > _SIZE_LIMIT:
        raise InvalidInput(f"{location} is larger than {_SIZE_LIMIT} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{location} is not UTF-8 text") from error


def _local_path(location: str) -> Path | None:
    """Return the file at a path or a file URL, None for another URL."""
    if "://" not in location:
        return Path(location)
    for beginning in ("file:///", "file://localhost/"):
        if location.startswith(beginning):
            return Path("/" + unquote(location.removeprefix(beginning)))
    return None


def _file_content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from error


def _fetched(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise InvalidInput(f"{url} is none of http, https and file")
    # Only here: no command needs it unless a release is on a web server.
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was checked
            content: bytes = answer.read(_SIZE_LIMIT + 1)
    except HTTPError as error:
        if error.code in {404, 410}:
            raise NotFound(f"{url} does not exist") from error
        raise MasterUnreachable(f"{url} answers {error.code}") from error
    except (URLError, OSError) as error:
        cause = error.reason if isinstance(error, URLError) else error
        why = (isinstance(cause, OSError) and cause.strerror) or cause
        raise MasterUnreachable(f"{url} cannot be read: {why}") from error
    return content
