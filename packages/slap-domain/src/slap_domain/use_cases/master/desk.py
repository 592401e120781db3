"""Where one caller is served: the registry, the clock and the settings, bound to who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from slap_domain.model.master.caller import Caller
from slap_domain.model.master.occasion import MasterSettings, Occasion
from slap_domain.ports.clock import Clock
from slap_domain.ports.registry import Records, Registry

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Runs the work of one caller against the registry."""

    registry: Registry
    clock: Clock
    caller: Caller
    settings: MasterSettings

    def occasion(self) -> Occasion:
        """Return the circumstances of a request that comes now."""
        return Occasion(caller=self.caller, now=int(self.clock.now().timestamp()), settings=self.settings)

    def read(self, work: Callable[[Records, Occasion], T]) -> T:
        """Return what the work finds."""
        occasion = self.occasion()
        return self.registry.read(lambda records: work(records, occasion))

    def write(self, work: Callable[[Records, Occasion], T]) -> T:
        """Return what the work returns, once what it changed is kept."""
        occasion = self.occasion()
        return self.registry.write(lambda records: work(records, occasion))
