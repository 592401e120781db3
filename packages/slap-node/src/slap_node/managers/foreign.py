"""Managers of third parties, found as modules `slapos.manager.<name>` with a class `Manager`.

They were written for the existing node and are given what they read there: the merged options, and for each
hook an object with the attributes below.
"""

import importlib
import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from slap_domain.errors import ConfigurationError, HostFailure
from slap_domain.model.software_release import SuppliedRelease, release_directory_name
from slap_domain.ports.node_hooks import HookedPartition
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
        self._call("instance", ForeignPartition(self._options, partition))

    def instance_ended(self, partition: HookedPartition) -> None:
        """Call its `instanceTearDown`."""
        self._call("instanceTearDown", ForeignPartition(self._options, partition))

    def report(self, partition: HookedPartition) -> None:
        """Call its `report`."""
        self._call("report", ForeignPartition(self._options, partition))

    def _call(self, hook: str, subject: object) -> None:
        try:
            getattr(self._manager, hook)(subject)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise HostFailure(f"manager {self.context.name}: {hook} failed: {why}") from error


def _options(context: ManagerContext) -> dict[str, Any]:
    section = dict(context.section)
    return {
        **context.options,
        "manager": {context.name: section},
        "firewall": dict(context.firewall),
    }


class ForeignComputer:
    """What the hooks around the formatting of a computer are given."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.logger = logging.getLogger("slapos")
        self.reference = options["computer_id"]
        self.software_root = options["software_root"]
        self.instance_root = options["instance_root"]


class ForeignSoftware:
    """What the hooks around the work on a release are given."""

    def __init__(self, options: Mapping[str, Any], release: SuppliedRelease) -> None:
        self.logger = logging.getLogger("slapos")
        self.url = str(release.url)
        self.software_root = options["software_root"]
        self.software_url_hash = release_directory_name(release.url)
        self.software_path = str(PurePosixPath(self.software_root) / self.software_url_hash)


class ForeignPartition:
    """What the hooks around the work on a partition are given; its paths are texts."""

    def __init__(self, options: Mapping[str, Any], partition: HookedPartition) -> None:
        place, instance = partition.place, partition.assigned.instance
        root = PurePosixPath(options["instance_root"])
        self.logger = logging.getLogger("slapos")
        self.partition_id = str(place.id)
        self.computer_id = options["computer_id"]
        self.server_url = options["master_url"]
        self.instance_path = str(place.path)
        self.run_path = str(place.path / "etc" / "run")
        self.service_path = str(place.path / "etc" / "service")
        self.prerm_path = str(place.path / "etc" / "prerm")
        self.supervisord_socket = str(root / "sv.sock")
        self.supervisord_partition_configuration_dir = str(root / "etc" / "supervisord.conf.d")
        self.software_release_url = "" if instance is None else str(instance.release)
        self.software_path = (
            ""
            if instance is None
            else str(PurePosixPath(options["software_root"]) / release_directory_name(instance.release))
        )
        repository = options.get("certificate_repository_path") or ""
        self.key_file = f"{repository}/{place.id}.key" if repository else ""
        self.cert_file = f"{repository}/{place.id}.crt" if repository else ""
        self._account = place.account

    def getUserGroupId(self) -> tuple[int, int]:  # noqa: N802 - a published name
        """Return user and group id of the partition."""
        if self._account is None:
            return os.geteuid(), os.getegid()
        return self._account.uid, self._account.gid

    @cached_property
    def computer_partition(self) -> Any:  # noqa: ANN401 - of the published library
        """Return the instance as the library `slapos.slap` gives it; asks the master."""
        slap = importlib.import_module("slapos.slap").slap()
        slap.initializeConnection(self.server_url, self.key_file or None, self.cert_file or None)
        return slap.registerComputerPartition(self.computer_id, self.partition_id)
