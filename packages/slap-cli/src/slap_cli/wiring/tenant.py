"""Puts together what a tenant's command needs: its settings and a connection to its master.

One connection serves one conversation: there is nothing for a container to decide, and importing one would
make every `request` and `service list` a third slower.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from slap_cli.configuration import client_configuration
from slap_cli.registration.expiring_certificate import warn_of_expiry
from slap_cli.tenant.client_settings import ClientSettings, client_settings
from slap_cli.tenant.documents import read_document
from slap_cli.tenant.tenancy import Tenant
from slap_cli.terminal import Terminal
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants


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
    """Return a one-time token with which a computer registers itself.

    Raises:
        SlapError: the master gives none, or cannot be reached.
    """
    from slap_http_adapter.client.computer_tokens import given_computer_token

    settings = _speaking_settings(cfg, terminal)
    with Connection(_address(settings)) as connection:
        return given_computer_token(connection)


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
