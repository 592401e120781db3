"""A promise checker that is made for the first partition that has promises."""

import os
import threading
from typing import TYPE_CHECKING

from slap_domain.ports.promise_checker import PromiseOutcome, PromiseRound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

    from slap_domain.ports.clock import Clock
    from slap_node.promises.checker import LocalPromiseChecker

_FOLDERS = ("etc/plugin", "etc/promise")


class DeferredPromiseChecker:
    """Checks as `LocalPromiseChecker` does, with the same arguments."""

    def __init__(self, clock: "Clock", caller: "Mapping[str, str]", passed: "Sequence[str]" = ()) -> None:
        self._arguments = clock, caller, passed
        self._lock = threading.Lock()
        self._checker: LocalPromiseChecker | None = None

    def check(self, round_: PromiseRound) -> PromiseOutcome:
        """Run the promises that are due and return every verdict.

        Raises:
            DeploymentFailed: the promises cannot be run at all.
            HostFailure: the partition's account cannot be taken.
        """
        return self._made().check(round_) if _may_have_promises(round_.place.path) else PromiseOutcome()

    def _made(self) -> "LocalPromiseChecker":
        from slap_node.promises.checker import LocalPromiseChecker  # noqa: PLC0415 - costly

        with self._lock:
            self._checker = self._checker or LocalPromiseChecker(*self._arguments)
            return self._checker


def _may_have_promises(partition: "PurePosixPath") -> bool:
    """Tell whether something is in a folder of promises; who checks them tells what is wrong with one."""
    for folder in _FOLDERS:
        try:
            with os.scandir(partition / folder) as entries:
                if next(entries, None) is not None:
                    return True
        except FileNotFoundError:
            continue
        except OSError:
            return True
    return False
