"""Managers of third parties, found as modules `slapos.manager.<name>` with a class `Manager`.

They were written for the existing node and are given what they read there: the merged options, and for each
hook an object as in `slap_node.managers.foreign_subjects` and `foreign_partition`.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable
from typing import Any

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.software_release import SuppliedRelease
from slap_domain.ports.node_hooks import HookedPartition
from slap_node.managers.foreign_partition import ForeignPartition
from slap_node.managers.foreign_subjects import ForeignComputer, ForeignSoftware
from slap_node.managers.plugin import Manager, ManagerContext

_PACKAGE = "slapos.manager"


def foreign_kind(name: str) -> type[Manager] | None:
    """Return the manager of a third party by its name; None when there is no such module.

    Raises:
        ConfigurationError: the module is no manager.
    """
    module_name = f"{_PACKAGE}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(module_name) is None:
        return None
    try:
        made = importlib.import_module(module_name).Manager
    except Exception as error:  # what a third party's module raises at its import is not foreseen
        raise ConfigurationError(f"{module_name} is no manager: {type(error).__name__}: {error}") from error
    return type("ForeignManager", (_ForeignManager,), {"made": staticmethod(made)})


class _ForeignManager(Manager):
    """Passes each hook to a third party's manager, under the name it knows."""

    made: Callable[[dict[str, Any]], Any]

    def __init__(self, context: ManagerContext) -> None:
        super().__init__(context)
        self._options = _options(context)
        try:
            self._manager = self.made(self._options)
        except Exception as error:  # nor what it makes of its options
            raise ConfigurationError(
                f"manager {context.name} does not take its options: {type(error).__name__}: {error}",
                hint=f"look into section [manager:{context.name}]",
            ) from error

    def format_begins(self) -> None:
        """Call its `format`."""
        self._call("format", ForeignComputer(self._options))

    def format_ended(self) -> None:
        """Call its `formatTearDown`."""
        self._call("formatTearDown", ForeignComputer(self._options))

    def software_begins(self, release: SuppliedRelease) -> None:
        """Call its `software`."""
        self._call("software", ForeignSoftware(self._options, release))

    def software_ended(self, release: SuppliedRelease) -> None:
        """Call its `softwareTearDown`."""
        self._call("softwareTearDown", ForeignSoftware(self._options, release))

    def instance_begins(self, partition: HookedPartition) -> None:
        """Call its `instance`."""
        self._call("instance", ForeignPartition(self.context, partition))

    def instance_ended(self, partition: HookedPartition) -> None:
        """Call its `instanceTearDown`."""
        self._call("instanceTearDown", ForeignPartition(self.context, partition))

    def report(self, partition: HookedPartition) -> None:
        """Call its `report`."""
        self._call("report", ForeignPartition(self.context, partition))

    def _call(self, hook: str, subject: object) -> None:
        try:
            getattr(self._manager, hook)(subject)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise HostFailure(f"manager {self.context.name}: {hook} failed: {why}") from error


def _options(context: ManagerContext) -> dict[str, Any]:
    section = dict(context.section)
    return {
        "logger": logging.getLogger("slapos"),
        **context.options,
        "manager": {context.name: section},
        "firewall": dict(context.firewall),
    }
