"""The one-time tokens with which computers register themselves, as a master gives them to their owners."""

from urllib.parse import urljoin

from slap_domain.errors import MasterUnreachable, NotFound
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hateoas import Hateoas

_PATH = "computer_module/Base_getComputerToken"
_NONE = "this master gives no tokens for computers"
_HINT = "a computer of a master without accounts needs none: `slapos node format` makes it known"


def given_computer_token(connection: Connection) -> str:
    """Return a token that the master has just made (wire-hateoas A5).

    Raises:
        NotFound: the master gives none.
        SlapError: it refuses or cannot be reached.
    """
    base = Hateoas(connection).own_link()
    if not base:
        raise NotFound(f"{_NONE}: it does not say where", hint=_HINT)
    url = urljoin(base.rstrip("/") + "/", _PATH)
    try:
        token = connection.document(url).get("access_token")
    except NotFound as error:
        raise NotFound(f"{_NONE}: {url} does not exist", hint=_HINT) from error
    if not isinstance(token, str) or not token:
        raise MasterUnreachable(f"{_NONE}: {url} answers none", hint=_HINT)
    return token
