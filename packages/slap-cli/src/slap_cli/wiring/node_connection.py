"""The connection of this computer to its master."""

from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress
from slap_node.settings import NodeSettings, check_identity_files


def connection_of(settings: NodeSettings, *, formats: bool = False) -> Connection:
    """Return a connection with the identity of the computer; close it, or use it in a `with`.

    Args:
        settings: of the node.
        formats: for a command that makes what a node lacks.

    Raises:
        ConfigurationError: a file of the identity is missing.
    """
    check_identity_files(settings, formats=formats)
    if settings.cert_file:
        from slap_cli.registration.expiring_certificate import warn_of_expiry

        warn_of_expiry(settings.cert_file, f"node register --renew --cfg {settings.source}")
    address = MasterAddress(
        url=settings.master_url,
        certificate_file=settings.cert_file,
        key_file=settings.key_file,
        ca_file=settings.master_ca_file,
    )
    return Connection(address)
