"""Every failure of SlapOS, classified by what its reader should do.

    SlapError
      RequestRefused            the request is wrong: change it
        InvalidInput            a value is malformed or out of bounds
        NotFound                it names something that does not exist
          NoFreePartition       nothing has room for the instance
        Conflict                it contradicts the present state
        NotAllowed              the caller may not do this
      TemporarilyUnavailable    nothing is wrong: try again later
        NotReady                the master has it but not all of it yet
        MasterUnreachable       the master did not answer
      HostFailure               the operator must mend this machine
        AlreadyRunning          another run holds the lock
        ConfigurationError      a configuration file is missing or wrong
      DeploymentFailed          the owner of the release or instance must act; reported to the master
        BuildFailed             a software release did not build
        PromiseFailed           a promise of a partition does not hold
    Cancelled                   nothing failed: whoever started the run has ended it

Adapters translate foreign exceptions into these, once, with `from error`; no foreign exception crosses a
port.
The edges map each branch once: to an HTTP status in the master, to an exit status in the command.
"""


class SlapError(Exception):
    """Any failure of SlapOS.

    Attributes:
        hint: what the reader can do about it; empty when the message says it all.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:  # noqa: D105 - the message alone, whatever a subclass adds
        return self.message


class RequestRefused(SlapError):  # noqa: N818 - the branches are named by the reader's reaction
    """The request is wrong; repeating it unchanged cannot help."""


class InvalidInput(RequestRefused):
    """A value is malformed or out of bounds."""


class NotFound(RequestRefused):
    """The request names something that does not exist."""


class NoFreePartition(NotFound):
    """No computer that matches has room for the instance."""


class Conflict(RequestRefused):
    """The request contradicts the present state."""


class NotAllowed(RequestRefused):
    """The caller may not do this."""


class TemporarilyUnavailable(SlapError):  # noqa: N818 - the branches are named by the reader's reaction
    """Nothing is wrong with the request; try again later."""


class NotReady(TemporarilyUnavailable):
    """The master knows it but cannot answer yet (HTTP 408 on the wire)."""


class MasterUnreachable(TemporarilyUnavailable):
    """The master did not answer, or answered that it cannot serve."""


class HostFailure(SlapError):  # noqa: N818 - the branches are named by the reader's reaction
    """This machine cannot do it; its operator must act."""


class AlreadyRunning(HostFailure):
    """Another run holds the lock."""


class ConfigurationError(HostFailure):
    """A configuration file is missing or wrong; the message names file, section and key."""


class DeploymentFailed(SlapError):  # noqa: N818 - the branches are named by the reader's reaction
    """A release or an instance does not deploy; the master is told.

    Attributes:
        log: the end of the log of what failed, for people; empty when there is none.
    """

    def __init__(self, message: str, *, log: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.log = log


class BuildFailed(DeploymentFailed):
    """A software release did not build."""


class PromiseFailed(DeploymentFailed):
    """A promise of a partition does not hold."""


class Cancelled(KeyboardInterrupt):
    """Whoever started the run has ended it; no failure, so nobody is told and nothing holds it up."""
