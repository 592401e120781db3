"""Section [firewall] of a node's configuration."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.errors import ConfigurationError
from slap_domain.planning.node.firewall import ipv4_source
from slap_node.firewall.daemons import FIREWALL_DAEMONS

_DEFAULT_COMMAND = "firewall-cmd"
_DEFAULT_RELOAD = "slapos node restart firewall"
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallSettings:
    """Section [firewall].

    Attributes:
        command: firewall-cmd and options.
        reload: the command by which permanent rules take effect; empty for none.
        authorized: sources that always get in.
        daemons: command line and log file of `dbus` and `firewall`, where the node shall run them.
    """

    command: tuple[str, ...]
    reload: tuple[str, ...]
    authorized: tuple[str, ...] = ()
    daemons: Mapping[str, tuple[str, str]]


def firewall_settings(section: Mapping[str, str], source: str) -> FirewallSettings:
    """Read section [firewall].

    Raises:
        ConfigurationError: a value is malformed; it names file, section and key.
    """
    testing = section.get("testing", "").strip().lower() in _TRUE
    return FirewallSettings(
        command=_words(section, "firewall_cmd", _DEFAULT_COMMAND, source),
        reload=_words(section, "reload_config_cmd", _DEFAULT_RELOAD, source),
        authorized=_authorized(section, source),
        # A firewall that is only tried is run by whoever tries it.
        daemons={} if testing else _daemons(section),
    )


def _words(section: Mapping[str, str], key: str, default: str, source: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(section.get(key) or default))
    except ValueError as error:
        raise ConfigurationError(f"{source}: section [firewall]: {key} is no command: {error}") from None


def _authorized(section: Mapping[str, str], source: str) -> tuple[str, ...]:
    found = []
    for word in section.get("authorized_sources", "").split():
        try:
            found.append(ipv4_source(word))
        except ValueError:
            raise ConfigurationError(
                f"{source}: section [firewall]: authorized_sources contains {word[:80]!r},"
                " which is no IPv4 address or network"
            ) from None
    return tuple(found)


def _daemons(section: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name: (section[executable].strip(), section.get(log, "").strip())
        for name, (executable, log, _) in FIREWALL_DAEMONS.items()
        if section.get(executable, "").strip()
    }
