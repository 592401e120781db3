"""What this machine is, as its master is told."""

import importlib.metadata
import platform

from slap_domain.model.host.layout import HostFacts


class LocalMachine:
    """`HostMachine` of the machine this runs on.

    Args:
        public_ipv4: its public IPv4 address as its operator configured it; nobody else is asked for it.
    """

    def __init__(self, *, public_ipv4: str = "") -> None:
        self._public_ipv4 = public_ipv4

    def facts(self) -> HostFacts:
        """Return what the machine is."""
        try:
            release = platform.freedesktop_os_release()
        except OSError:  # a system without that file is known by its kernel alone
            release = {}
        return HostFacts(
            os_type=(
                platform.platform(),
                release.get("ID", ""),
                release.get("VERSION_ID", ""),
                release.get("NAME", ""),
            ),
            python_version=platform.python_version(),
            slapos_version=importlib.metadata.version("slap-node"),
            public_ipv4=self._public_ipv4,
        )
