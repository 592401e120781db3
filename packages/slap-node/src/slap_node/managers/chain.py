"""The managers of a node, called one after the other.

Most nodes have none: what finds them, and what they need, is imported only where some are listed.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from slap_domain.errors import ConfigurationError, HostFailure, SlapError
from slap_node.system_clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from slap_domain.model.software_release import SuppliedRelease
    from slap_domain.ports.clock import Clock
    from slap_domain.ports.node_hooks import HookedPartition
    from slap_node.managers.plugin import ExtensionPrograms, Manager
    from slap_node.settings import NodeSettings

_LOG = logging.getLogger(__name__)
ENTRY_POINTS = "slap_node.managers"


class ManagerChain:
    """Passes each hook to every manager: in order before the work, in reverse order after it.

    After the work every manager is called, even when one fails; the first failure is then raised, and
    the others are logged.
    """

    def __init__(self, managers: Sequence[Manager] = ()) -> None:
        self._managers = tuple(managers)

    @property
    def suffixes(self) -> frozenset[str]:
        """Return the suffixes of the supervisor groups that the managers keep up."""
        return frozenset(suffix for manager in self._managers for suffix in manager.SUFFIXES)

    def format_begins(self) -> None:
        """The computer is about to be formatted."""
        for manager in self._managers:
            manager.format_begins()

    def format_ended(self) -> None:
        """The computer was formatted."""
        _all(manager.format_ended for manager in reversed(self._managers))

    def software_begins(self, release: SuppliedRelease) -> None:
        """A release is about to be looked at."""
        for manager in self._managers:
            manager.software_begins(release)

    def software_ended(self, release: SuppliedRelease) -> None:
        """The work on a release is over."""
        _all(_bound(manager.software_ended, release) for manager in reversed(self._managers))

    def instance_begins(self, partition: HookedPartition) -> None:
        """A partition is about to be looked at."""
        for manager in self._managers:
            manager.instance_begins(partition)

    def instance_ended(self, partition: HookedPartition) -> None:
        """The work on a partition is over."""
        _all(_bound(manager.instance_ended, partition) for manager in reversed(self._managers))

    def report(self, partition: HookedPartition) -> None:
        """A destroyed partition is about to be wiped."""
        for manager in self._managers:
            manager.report(partition)


def managers_of(
    settings: NodeSettings,
    programs: ExtensionPrograms,
    clock: Clock | None = None,
    cancel: threading.Event | None = None,
) -> ManagerChain:
    """Return the managers that a node's configuration lists, in its order.

    Args:
        settings: of the node.
        programs: what they add programs to.
        clock: the system's when there is none.
        cancel: once set, none waits any more.

    Raises:
        ConfigurationError: a name is no manager's.
    """
    if not settings.manager_names:
        return ManagerChain()
    kinds = _kinds()
    clock, cancel = clock or SystemClock(), cancel or threading.Event()
    return ManagerChain(
        [_manager(name, kinds, settings, programs, clock, cancel) for name in settings.manager_names]
    )


def manager_suffixes(settings: NodeSettings) -> frozenset[str]:
    """Return the suffixes of the supervisor groups that a node's managers keep up.

    Raises:
        ConfigurationError: a name is no manager's.
    """
    if not settings.manager_names:
        return frozenset()
    kinds = _kinds()
    return frozenset(
        suffix for name in settings.manager_names for suffix in _kind(name, kinds, settings).SUFFIXES
    )


def _kinds() -> Mapping[str, Callable[[], type[Manager]]]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - costly, and most nodes have no managers

    return {point.name: point.load for point in entry_points(group=ENTRY_POINTS)}


def _kind(
    name: str, kinds: Mapping[str, Callable[[], type[Manager]]], settings: NodeSettings
) -> type[Manager]:
    if name in kinds:
        return kinds[name]()
    from slap_node.managers.foreign import foreign_kind  # noqa: PLC0415 - costly, and most nodes have none

    kind = foreign_kind(name)
    if kind is None:
        raise ConfigurationError(
            f"{settings.source}: section [slapos]: manager_list names {name!r}, which is no manager",
            hint=f"managers are {', '.join(sorted(kinds))}, and modules slapos.manager.NAME",
        )
    return kind


def _manager(
    name: str,
    kinds: Mapping[str, Callable[[], type[Manager]]],
    settings: NodeSettings,
    programs: ExtensionPrograms,
    clock: Clock,
    cancel: threading.Event,
) -> Manager:
    from slap_node.managers.plugin import ManagerContext  # noqa: PLC0415 - costly, and most nodes have no managers

    context = ManagerContext(
        name=name,
        programs=programs,
        clock=clock,
        cancel=cancel,
        options=settings.merged,
        section=settings.managers.get(name, {}),
        firewall=settings.firewall or {},
    )
    return _kind(name, kinds, settings)(context)


def _bound(hook: Callable[..., None], subject: object) -> Callable[[], None]:
    return lambda: hook(subject)


def _all(hooks: Iterable[Callable[[], None]]) -> None:
    failures: list[SlapError] = []
    for hook in hooks:
        try:
            hook()
        except SlapError as failure:
            failures.append(failure)
        except Exception as surprise:  # noqa: BLE001 - the bulkhead: one manager never stops the next
            failures.append(_failure(surprise))
    for later in failures[1:]:
        _LOG.warning("a manager failed too: %s", later)
    if failures:
        raise failures[0]


def _failure(surprise: Exception) -> HostFailure:
    _LOG.debug("a manager failed", exc_info=surprise)
    failure = HostFailure(f"a manager failed: {type(surprise).__name__}: {surprise}")
    failure.__cause__ = surprise
    return failure
