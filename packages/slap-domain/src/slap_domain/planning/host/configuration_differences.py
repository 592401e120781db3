"""In what a configuration that is there differs from the one that would be written."""

from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.errors import ConfigurationError
from slap_domain.model.configuration import parse_configuration

# The options of `configure local` that decide these keys.
_OPTIONS: Mapping[str, str] = {
    "software_root": "--slapos-software-root",
    "instance_root": "--slapos-instance-root",
    "interface_name": "--interface-name",
    "ipv4_local_network": "--ipv4-local-network",
    "partition_amount": "--partition-number",
    "host": "--daemon-listen-ip",
    "port": "--daemon-listen-port",
}
# Values of others may be secret, and are not told.
_PUBLIC = frozenset({*_OPTIONS, "master_url"})
# What `node format` brings about on a machine that is configured already.
_FORMATTED = frozenset({"interface_name", "ipv4_local_network", "partition_amount"})
_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A key that one file has and the other has not, or has with another value.

    Attributes:
        there: the value in the file that exists; None: it has none.
        wanted: the value that would be written; None: none would.
    """

    section: str
    key: str
    there: str | None
    wanted: str | None

    def describe(self) -> str:
        """Return it for the operator."""
        name = f"[{self.section}] {self.key}"
        if self.there is None:
            return f"{name} is missing"
        if self.wanted is None:
            return f"{name} is there besides"
        if self.key not in _PUBLIC:
            return f"{name} has another value"
        return f"{name} is {self.there}, and would become {self.wanted}"

    @property
    def is_formatted(self) -> bool:
        """Tell whether `node format` brings it about, once it is written."""
        return (
            self.section == "slapformat" and self.key in _FORMATTED and None not in (self.there, self.wanted)
        )

    @property
    def option(self) -> str:
        """Return the option that says what is there already; empty where none does."""
        return f"{_OPTIONS[self.key]} {self.there}" if self.key in _OPTIONS and self.there else ""


def differences(there: str, wanted: str, source: str) -> tuple[Difference, ...] | None:
    """Return the keys in which two configurations differ, those of the wanted one first.

    Returns None where what is there is no configuration at all.
    """
    try:
        old = parse_configuration(there, source).sections
    except ConfigurationError:
        return None
    new = parse_configuration(wanted, source).sections
    places = dict.fromkeys(
        (name, key) for sections in (new, old) for name in sections for key in sections[name]
    )
    pairs = (
        Difference(
            section=name,
            key=key,
            there=old.get(name, {}).get(key),
            wanted=new.get(name, {}).get(key),
        )
        for name, key in places
    )
    return tuple(pair for pair in pairs if pair.there != pair.wanted)


def told(found: tuple[Difference, ...]) -> str:
    """Return the first of some differences in one line."""
    more = f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return "; ".join(each.describe() for each in found[:_TOLD]) + more


def way_on(found: tuple[Difference, ...], path: str, node: str) -> str:
    """Return what the operator can do about differences.

    Args:
        found: the differences.
        path: the file that has them.
        node: the configuration file of the node.
    """
    options = [each.option for each in found if each.option]
    keep = f"to keep what is there, give {' '.join(options)}; " if options else ""
    if all(each.is_formatted for each in found):
        change = f"to change it, edit {path} and run `slapos node format --cfg {node}`"
    else:
        change = "to begin anew, choose other directories with the --slapos-… options"
    return keep + change
