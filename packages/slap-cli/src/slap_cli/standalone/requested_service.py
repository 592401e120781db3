"""The service that the words of `standalone run` mean."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from slap_cli.standalone.ports import Request
from slap_cli.standalone.record import Record, WantedService
from slap_cli.tenant.parameters import from_words
from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.references import instance_title, software_type, software_url

_DEFAULT_NAME = "service"


def requested(options: Namespace, record: Record) -> Request:
    """Return the service that the words of `standalone run` mean.

    Args:
        options: of the command line.
        record: of what was asked for before.

    Raises:
        InvalidInput: a word is malformed.
        NotFound: the profile does not exist.
    """
    release = absolute(options.software_url)
    name = instance_title(default_name(release) if options.name is None else options.name)
    before = record.services.get(name)
    return Request(
        name=name,
        release=release,
        type=_type(options.type, before),
        parameters=_parameters(options.parameters, before),
    )


def absolute(release: str) -> str:
    """Return a URL as it is, and a path as an absolute one.

    Raises:
        NotFound: it is the path of no file.
        InvalidInput: it is neither.
    """
    software_url(release)
    if "://" in release:
        scheme = _scheme(release)
        if scheme not in {"http", "https", "file"}:
            raise InvalidInput(
                f"{release} begins with {scheme}://, which no release does", hint="use http, https or a path"
            )
        return release
    path = Path(release).expanduser().resolve()
    if path.is_dir():
        raise NotFound(f"{path} is a directory, not a profile", hint=f"did you mean {path}/software.cfg?")
    if not path.is_file():
        raise NotFound(f"there is no profile {path}", hint="name the software.cfg of a release, or its URL")
    if any(character.isspace() for character in str(path)):
        raise InvalidInput(
            f"profile {str(path)!r} has a blank in its path, which buildout takes for the end of it",
            hint="put the release into a directory without blanks in its path",
        )
    return str(path)


def _scheme(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidInput(f"{url} is no URL: {error}", hint="name the software.cfg of a release") from error
    if parts.scheme in {"http", "https"} and not parts.hostname:
        raise InvalidInput(f"{url} names no host", hint="name the software.cfg of a release")
    return parts.scheme


def default_name(release: str) -> str:
    """Return the name of the folder that a profile is in."""
    path = unquote(urlsplit(release).path) if "://" in release else release
    return Path(path).parent.name or _DEFAULT_NAME


def _type(given: str | None, before: WantedService | None) -> str:
    if given is None and before is not None:
        return before.type
    return software_type(given)


def _parameters(given: list[str] | None, before: WantedService | None) -> Mapping[str, str]:
    if given is None:
        return before.parameters if before is not None else {}
    return from_words(given, "--parameters")
