"""Make this machine a computer of a master: get its identity, write its configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.registration import NodeRegistration
from slap_domain.model.host.settings import format_settings
from slap_domain.model.references import ComputerGuid, computer_guid
from slap_domain.planning.host.registration import node_configuration, node_files
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
    """Registers this machine; a copy is kept of what it was registered as before."""

    def __init__(
        self, registrar: Registrar, files: ConfigurationFiles, report: Callable[[str], None]
    ) -> None:
        self._registrar = registrar
        self._files = files
        self._report = report

    def plan(self, registration: NodeRegistration) -> tuple[str, ...]:
        """Return what would be done, for people; nothing is asked of the master and nothing written.

        Raises:
            InvalidInput, ConfigurationError: the configuration would be refused by `node format`.
        """
        _check_configuration(registration)
        folder = registration.configuration.parent
        aside = (f"keep a copy of {folder} in {folder}.old",) if self._is_registered(registration) else ()
        return (
            f"register computer {registration.title} with {registration.master_url}",
            *aside,
            f"write {registration.identity / 'key'} and {registration.identity / 'certificate'}",
            f"write {registration.configuration}",
        )

    def run(self, registration: NodeRegistration, token: str) -> RegistrationOutcome:
        """Register the machine.

        Whether the result is right, and can be written, is found out before the token is spent. The former
        configuration is copied only once the master has given the new identity: a token that is refused
        leaves a registered machine as it was. What is not replaced, as the record of the computer, stays.

        Raises:
            InvalidInput, ConfigurationError: see `plan`.
            RequestRefused: the token is refused, used or expired.
            TemporarilyUnavailable: the master does not answer, or not with an identity.
            HostFailure: a file cannot be written.
        """
        _check_configuration(registration)
        registered = self._is_registered(registration)
        if registered:
            self._report("this machine is registered already: a copy of its configuration will be kept")
        for folder in (registration.configuration.parent, registration.identity):
            self._files.check_writable(folder)
        identity = self._registrar.register_computer(registration.title, token)
        changes = node_files(registration, identity)
        backup = self._files.back_up(registration.configuration.parent) if registered else None
        for change in (each for each in changes if not self._files.is_made(each)):
            self._report(change.describe())
            self._files.apply(change)
        return RegistrationOutcome(computer=identity.computer, backup=backup)

    def _is_registered(self, registration: NodeRegistration) -> bool:
        paths = (registration.configuration, registration.identity / "certificate")
        return any(self._files.read(path) is not None for path in paths)


def _check_configuration(registration: NodeRegistration) -> None:
    """Read what will be written as `node format` will, whatever the id of the computer turns out to be."""
    text = node_configuration(registration, computer_guid("COMP-0"))
    format_settings(parse_configuration(text, str(registration.configuration)))
