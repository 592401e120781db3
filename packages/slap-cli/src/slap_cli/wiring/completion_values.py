"""The names that a shell completes and that a configuration, a master or a node knows."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from slap_cli.exit_status import Ended, ExitStatus
from slap_cli.terminal import Terminal

# Somebody has pressed a key and waits: longer than this they do without.
_PATIENCE = 3.0


def values(kind: str, terminal: Terminal) -> Iterable[str]:
    """Return the names of a kind.

    Raises:
        SlapError: the master or the node cannot be reached.
    """
    if kind == "processes":
        from slap_cli.wiring.supervision import process_names

        return process_names(terminal)
    from slap_cli.wiring.tenant import settings_of_tenant, tenancy

    if kind == "releases":
        return sorted(settings_of_tenant(None, terminal).aliases)

    with _patience(), tenancy(None, terminal) as tenant:
        if kind == "services":
            return sorted({service.title for service in tenant.master.list_services()})
        return [computer.guid for computer in tenant.master.list_computers()]


@contextmanager
def _patience() -> Iterator[None]:
    """End the block when it takes too long, whatever it waits for.

    Raises:
        Ended: it did.
    """

    def give_up(_number: int, _frame: object) -> None:
        raise Ended(f"the master did not answer within {_PATIENCE:g} s", ExitStatus.FAILED)

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
