"""Every exit status of `slapos`, and which failure gives which."""

from enum import IntEnum

from slap_domain.errors import AlreadyRunning, NotReady, SlapError


class ExitStatus(IntEnum):
    """How a command ended.

    INCOMPLETE is what each command's help says of status 2: an instance not ready, something not found,
    failed promises, a computer formatted while its master was away.
    """

    OK = 0
    FAILED = 1
    INCOMPLETE = 2
    OFFLINE = 3
    USAGE = 5
    ALREADY_RUNNING = 10
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    CANNOT_PRUNE = 255


class UsageError(SlapError):
    """The command line is wrong, or the command needs root."""


class Ended(SlapError):  # noqa: N818 - it says what happened, as the branches of the domain do
    """A command ends with an error and a status of its own."""

    def __init__(self, message: str, status: ExitStatus, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


_STATUSES: tuple[tuple[type[SlapError], ExitStatus], ...] = (
    (UsageError, ExitStatus.USAGE),
    (AlreadyRunning, ExitStatus.ALREADY_RUNNING),
    (NotReady, ExitStatus.INCOMPLETE),
)


def status_of(error: SlapError) -> ExitStatus:
    """Return the exit status that a failure gives."""
    if isinstance(error, Ended):
        return error.status
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return ExitStatus.FAILED
