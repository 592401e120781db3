"""Puts together what a tenant's command needs: its settings and a connection to its master.

One connection serves one conversation: there is nothing for a container to decide, and importing one would
make every `request` and `service list` a third slower.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

from slap_cli.configuration import client_configuration
from slap_cli.registration.expiring_certificate import warn_of_expiry
from slap_cli.tenant.client_settings import ClientSettings, client_settings
from slap_cli.tenant.documents import read_document
from slap_cli.tenant.tenancy import Tenant
from slap_cli.terminal import Terminal
from slap_domain.errors import MasterUnreachable, NotFound
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hateoas import Hateoas
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants

_TOKEN_PATH = "computer_module/Base_getComputerToken"  # noqa: S105 - where tokens are, not one

_NO_TOKENS = "this master gives no tokens for computers"
_NO_TOKENS_HINT = "a computer of a master without accounts needs none: `slapos node format` makes it known"


def settings_of_tenant(cfg: str | None, terminal: Terminal) -> ClientSettings:
    """Return what the configuration of a tenant says.

    Raises:
        ConfigurationError: it is missing or wrong.
    """
    return client_settings(client_configuration(cfg, terminal), terminal.home)


@contextmanager
def tenancy(cfg: str | None, terminal: Terminal) -> Iterator[Tenant]:
    """Give a tenant connected to the master of a configuration, until the end of the block.

    Raises:
        ConfigurationError: the configuration is missing or wrong.
    """
    settings = _speaking_settings(cfg, terminal)
    with Connection(_address(settings)) as connection:
        yield Tenant(settings=settings, master=HttpMasterForTenants(connection), read_document=read_document)


def computer_token(cfg: str | None, terminal: Terminal) -> str:
    """Return a one-time token with which a computer registers itself (wire-hateoas A5).

    Raises:
        SlapError: the master gives none, or cannot be reached.
    """
    settings = _speaking_settings(cfg, terminal)
    with Connection(_address(settings)) as connection:
        base = Hateoas(connection).own_link()
        if not base:
            raise NotFound(f"{_NO_TOKENS}: it does not say where", hint=_NO_TOKENS_HINT)
        url = urljoin(base.rstrip("/") + "/", _TOKEN_PATH)
        try:
            token = connection.document(url).get("access_token")
        except NotFound as error:
            raise NotFound(f"{_NO_TOKENS}: {url} does not exist", hint=_NO_TOKENS_HINT) from error
    if not isinstance(token, str) or not token:
        raise MasterUnreachable(f"{_NO_TOKENS}: {url} answers none", hint=_NO_TOKENS_HINT)
    return token


def _speaking_settings(cfg: str | None, terminal: Terminal) -> ClientSettings:
    settings = settings_of_tenant(cfg, terminal)
    named = f" --cfg {cfg}" if cfg else ""
    warn_of_expiry(settings.certificate_file, f"configure client --renew{named}")
    return settings


def _address(settings: ClientSettings) -> MasterAddress:
    return MasterAddress(
        url=settings.master_url,
        hateoas_url=settings.rest_url,
        certificate_file=settings.certificate_file,
        key_file=settings.key_file,
        ca_file=settings.ca_file,
    )
