"""Make a person a client of a master: get an identity, write the client's configuration."""

from slap_domain.errors import Conflict
from slap_domain.model.host.registration import ClientRegistration
from slap_domain.planning.host.registration import client_files
from slap_domain.ports.registrar import ConfigurationFiles, Registrar


class ConfigureClient:
    """Configures the client of one person; what is there is never overwritten."""

    def __init__(self, registrar: Registrar, files: ConfigurationFiles) -> None:
        self._registrar = registrar
        self._files = files

    def check(self, registration: ClientRegistration) -> None:
        """Refuse to overwrite, or to write where that cannot be; ask before a token, which would be lost.

        Raises:
            Conflict: one of the files exists.
            HostFailure: the files cannot be written.
        """
        for path in (registration.configuration, registration.certificate, registration.key):
            if self._files.read(path) is not None:
                raise Conflict(f"{path} exists already", hint="move it away, or name another file with --cfg")
        self._files.check_writable(registration.configuration.parent)

    def run(self, registration: ClientRegistration, token: str) -> None:
        """Configure the client.

        Raises:
            Conflict: one of the files exists; the token is not used.
            RequestRefused: the token is refused, used or expired.
            TemporarilyUnavailable: the master does not answer, or not with an identity.
            HostFailure: a file cannot be written.
        """
        self.check(registration)
        identity = self._registrar.register_user(token)
        for change in client_files(registration, identity):
            self._files.apply(change)
