"""Which firewall rules guard the routed addresses of a partition (node-conventions section 8).

A rule is the text that follows `ipv4 filter` in firewalld's direct interface: chain, priority, arguments.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slap_domain.errors import DeploymentFailed
from slap_domain.model.addresses import InterfaceAddress

ROUTED_INTERFACE = "route_"
"""How the name of an interface begins whose addresses are guarded."""

_CHAINS = ("INPUT", "FORWARD")
_ACCEPT_FIRST = 0
_REJECT_LAST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallWish:
    """What the owner of an instance wants of its firewall.

    Attributes:
        restricted: only authorised sources get in; else all but rejected ones do.
    """

    restricted: bool = True
    authorized: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """The rules to add, in order, and those to remove."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def firewall_wish(filters: Mapping[str, object]) -> FirewallWish:
    """Read the firewall keys of an instance's SLA.

    Raises:
        DeploymentFailed: a source is no IPv4 address or network, or the mode is neither on nor off.
    """
    mode = str(filters.get("fw_restricted_access") or "on").strip().lower()
    if mode not in {"on", "off"}:
        raise DeploymentFailed(
            f"fw_restricted_access is {mode[:40]!r}", hint="request the instance with `on` or `off`"
        )
    return FirewallWish(
        restricted=mode == "on",
        authorized=_sources(filters, "fw_authorized_sources"),
        rejected=_sources(filters, "fw_rejected_sources"),
    )


def _sources(filters: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = []
    for word in str(filters.get(key) or "").split():
        try:
            found.append(ipv4_source(word))
        except ValueError:
            raise DeploymentFailed(
                f"{key} contains {word[:80]!r}, which is no IPv4 address or network",
                hint="separate addresses with spaces",
            ) from None
    return tuple(found)


def ipv4_source(text: str) -> str:
    """Return an IPv4 address or network as rules have it.

    Raises:
        ValueError: it is neither.
    """
    network = ipaddress.IPv4Network(text, strict=False)
    return str(network.network_address) if network.prefixlen == 32 else str(network)


def routed_addresses(addresses: Iterable[InterfaceAddress]) -> tuple[str, ...]:
    """Return the IPv4 addresses that are guarded, sorted, each once."""
    found = {
        address.address
        for address in addresses
        if address.interface.startswith(ROUTED_INTERFACE) and not address.is_ipv6
    }
    return tuple(sorted(found))


def firewall_rules(
    guarded: Sequence[str], tree: Iterable[InterfaceAddress], authorized: Sequence[str], wish: FirewallWish
) -> tuple[str, ...]:
    """Return the rules for all guarded addresses of a partition together.

    Args:
        guarded: the addresses to guard.
        tree: addresses of the whole instance tree, which always get in; IPv6 ones do not matter.
        authorized: sources that the node's operator always lets in.
        wish: what the instance's owner wants.
    """
    relatives = {address.address for address in tree if not address.is_ipv6}
    sources = sorted(relatives | set(authorized) | set(wish.authorized))
    rules: list[str] = []
    for address in guarded:
        others = [source for source in sources if source != address]
        for chain in _CHAINS:
            rules += _guard(chain, address, others, wish)
    return tuple(rules)


def _guard(chain: str, address: str, sources: Sequence[str], wish: FirewallWish) -> list[str]:
    if not wish.restricted:
        return [f"{chain} {_REJECT_LAST} -s {source} -d {address} -j REJECT" for source in wish.rejected]
    accepted = [f"{chain} {_ACCEPT_FIRST} -s {source} -d {address} -j ACCEPT" for source in sources]
    # Answers to what the instance itself asked for come back to the guarded address.
    answers = f"{chain} {_ACCEPT_FIRST} -d {address} -m state --state ESTABLISHED,RELATED -j ACCEPT"
    return [*accepted, answers, f"{chain} {_REJECT_LAST} -d {address} -j REJECT"]


def rule_changes(wanted: Sequence[str], recorded: Sequence[str]) -> RuleChanges:
    """Decide what to change so that the wanted rules replace the recorded ones."""
    return RuleChanges(
        add=tuple(rule for rule in wanted if rule not in recorded),
        remove=tuple(rule for rule in recorded if rule not in wanted),
    )


def whitelist_rules(chain: str, uid: int, destinations: Sequence[str]) -> tuple[str, ...]:
    """Return the rules that let a user's programs speak to some addresses only.

    Args:
        chain: the chain of the partition's own, which must exist.
        uid: whose packets they are.
        destinations: IPv4 addresses and networks.
    """
    accepted = [f"{chain} {_ACCEPT_FIRST} -d {destination} -j ACCEPT" for destination in destinations]
    return (
        *accepted,
        f"{chain} {_ACCEPT_FIRST} -m state --state ESTABLISHED,RELATED -j ACCEPT",
        f"{chain} {_REJECT_LAST} -j REJECT",
        f"OUTPUT {_ACCEPT_FIRST} -m owner --uid-owner {uid} -j {chain}",
    )
