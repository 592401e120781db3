"""Which listeners the network can reach, and what a master must not do on those."""

import ipaddress

from slap_domain.errors import ConfigurationError


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a listener on the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_open_network(host: str) -> None:
    """Refuse to be an open master that the network can reach.

    Raises:
        ConfigurationError: the network can reach a listener on the host.
    """
    if not is_loopback(host):
        raise ConfigurationError(
            f"host {host} can be reached from the network, and trust is open: anybody could command "
            "this master",
            hint="listen on 127.0.0.1, set `trust = tls`, or say `allow_open_network = true`",
        )


def refuse_header_from_network(host: str, header: str) -> None:
    """Refuse to believe a header that anybody in the network can send: certificates are no secrets.

    Raises:
        ConfigurationError: the network can reach a listener on the host.
    """
    if not is_loopback(host):
        raise ConfigurationError(
            f"host {host} can be reached from the network, and header {header} is trusted: whoever knows "
            "somebody's certificate could call in their name",
            hint="listen on 127.0.0.1 behind the TLS proxy; if nobody but the TLS proxy can reach the host, "
            "say `trusted_header_from_network = true`",
        )
