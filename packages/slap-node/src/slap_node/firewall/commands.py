"""The permanent rules of the machine's firewall, through firewalld's direct interface."""

import os
import shutil
import threading
import time
from pathlib import PurePosixPath
from typing import ClassVar

from slap_domain.errors import Cancelled, HostFailure
from slap_node.firewall.settings import FirewallSettings
from slap_node.programs import processes
from slap_node.programs.machine_programs import Runner, output_of

_ABSENT = frozenset({36, 252, 254})
"""Status of firewall-cmd where nobody answers: no message bus, no firewalld, one that has just ended."""


class FirewallCommands:
    """Adds and removes permanent direct rules.

    The firewall may be starting: the node has just started it, or a change for another partition has made it
    start again. So what is said to it meanwhile is said again; `Cancelled` is raised when the run ends then.
    """

    _reloading: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        settings: FirewallSettings,
        run: Runner = processes.run,
        cancel: threading.Event | None = None,
        start_seconds: float = 20.0,
    ) -> None:
        self._settings = settings
        self._run = run
        self._cancel = threading.Event() if cancel is None else cancel
        self._start_seconds = start_seconds
        self._absent_since: float | None = None

    def add(self, rule: str) -> None:
        """Add a rule unless it is there.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if not self._has("rule", rule):
            self._expect_success("--add-rule", rule)

    def remove(self, rule: str) -> None:
        """Remove a rule unless it is gone.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if self._has("rule", rule):
            self._expect_success("--remove-rule", rule)

    def add_chain(self, chain: str) -> None:
        """Add a chain unless it is there.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if not self._has("chain", chain):
            self._expect_success("--add-chain", chain)

    def remove_chain(self, chain: str) -> None:
        """Remove a chain, which no rule may use any more, unless it is gone.

        Raises:
            HostFailure: the firewall does not do it.
        """
        if self._has("chain", chain):
            self._expect_success("--remove-chain", chain)

    def empty_chain(self, chain: str) -> None:
        """Remove all rules of a chain.

        Raises:
            HostFailure: the firewall does not do it.
        """
        self._expect_success("--remove-rules", chain)

    def reload(self) -> None:
        """Let the permanent rules take effect.

        Raises:
            HostFailure: the firewall does not do it.
        """
        words = self._settings.reload
        if words:
            program = shutil.which(words[0]) or words[0]
            with self._reloading:
                output_of((program, *words[1:]), self._run)

    def _has(self, kind: str, text: str) -> bool:
        # Its exit status says the same as its output: 1 for no.
        finished = self._said(f"--query-{kind}", text)
        answer = finished.output.strip().splitlines()[-1:] or [""]
        if answer[0] not in {"yes", "no"}:
            raise HostFailure(f"the firewall does not answer: {finished.output.strip()[-500:]}")
        return answer[0] == "yes"

    def _expect_success(self, option: str, text: str) -> None:
        finished = self._said(option, text)
        if not finished.succeeded:
            raise HostFailure(f"the firewall refuses {option} {text}: {finished.output.strip()[-500:]}")

    def _said(self, option: str, text: str) -> processes.Finished:
        while True:
            finished = self._run(self._command(option, text))
            if finished.status not in _ABSENT:
                self._absent_since = None
                return finished
            now = time.monotonic()
            self._absent_since = self._absent_since or now
            if now - self._absent_since >= self._start_seconds:
                return finished
            if self._cancel.wait(0.2):
                raise Cancelled

    def _command(self, option: str, text: str) -> processes.Command:
        words = ("--permanent", "--direct", option, "ipv4", "filter", *text.split())
        return processes.Command(
            argv=(*self._settings.command, *words),
            directory=PurePosixPath("/"),
            environment={"PATH": os.environ.get("PATH", os.defpath)},
            timeout=60.0,
        )
