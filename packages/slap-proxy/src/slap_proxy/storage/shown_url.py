"""The URL of a database as people may see it: wherever a password stands, it is not shown."""

from sqlalchemy import URL

_SECRETS = frozenset({"password", "sslpassword"})
_HIDDEN = "..."


def shown_url(url: URL) -> str:
    """Return a URL without its secrets; SQLAlchemy leaves out only the one before the host."""
    query = {name: _HIDDEN if name.lower() in _SECRETS else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string()
