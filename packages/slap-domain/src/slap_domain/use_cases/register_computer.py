"""Make this machine a computer of a master: get its identity, write its configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.model.references import ComputerGuid
from slap_domain.model.registration import NodeRegistration
from slap_domain.planning.registration import node_files
from slap_domain.ports.registrar import ConfigurationFiles, Registrar


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOutcome:
    """What a registration did.

    Attributes:
        computer: its id.
        backup: where the former configuration is kept; None when there was none.
    """

    computer: ComputerGuid
    backup: PurePosixPath | None


class RegisterComputer:
    """Registers this machine; what it was registered as before is kept aside."""

    def __init__(
        self, registrar: Registrar, files: ConfigurationFiles, report: Callable[[str], None]
    ) -> None:
        self._registrar = registrar
        self._files = files
        self._report = report

    def plan(self, registration: NodeRegistration) -> tuple[str, ...]:
        """Return what would be done, for people; nothing is asked of the master and nothing written."""
        folder = registration.configuration.parent
        aside = (f"keep {folder} as {folder}.old",) if self._is_registered(registration) else ()
        return (
            f"register computer {registration.title} with {registration.master_url}",
            *aside,
            f"write {registration.identity / 'key'} and {registration.identity / 'certificate'}",
            f"write {registration.configuration}",
        )

    def run(self, registration: NodeRegistration, token: str) -> RegistrationOutcome:
        """Register the machine.

        The former configuration is moved away only once the master has given the new identity: a token that
        is refused leaves a registered machine as it was.

        Raises:
            RequestRefused: the token is refused, used or expired.
            TemporarilyUnavailable: the master does not answer, or not with an identity.
            HostFailure: a file cannot be written.
        """
        registered = self._is_registered(registration)
        if registered:
            self._report("this machine is registered already: its configuration will be kept aside")
        identity = self._registrar.register_computer(registration.title, token)
        changes = node_files(registration, identity)
        backup = self._files.set_aside(registration.configuration.parent) if registered else None
        for change in changes:
            self._report(change.describe())
            self._files.apply(change)
        return RegistrationOutcome(computer=identity.computer, backup=backup)

    def _is_registered(self, registration: NodeRegistration) -> bool:
        paths = (registration.configuration, registration.identity / "certificate")
        return any(self._files.read(path) is not None for path in paths)
