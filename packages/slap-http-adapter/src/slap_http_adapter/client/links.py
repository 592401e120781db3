"""Where the links and redirections of a master lead."""

from urllib.parse import urljoin, urlsplit

from slap_domain.errors import MasterUnreachable


def linked(url: str, location: str) -> str:
    """Return the URL that a link in the document of another means.

    Raises:
        MasterUnreachable: it is no http or https URL.
    """
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid, target = False, location
    if not valid:
        raise MasterUnreachable(f"{target[:200]!r}, where {url} leads, is no URL")
    return target
