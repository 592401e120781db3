"""Where a standalone system keeps its files: everything is below one directory."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slap_domain.errors import HostFailure, InvalidInput

COMPUTER = "standalone"
_PRIVATE = 0o700
_PLAIN = "/._-+@:,=~#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The directory of one standalone system, and the names of what is in it."""

    directory: Path

    @property
    def record(self) -> Path:
        """Return the file that says what was asked for."""
        return self.directory / "standalone.json"

    @property
    def lock(self) -> Path:
        """Return the file that is locked while a command works here."""
        return self.directory / "standalone.lock"

    @property
    def caretaker_lock(self) -> Path:
        """Return the file that is locked while somebody looks after what runs detached."""
        return self.directory / "caretaker.lock"

    @property
    def caretaker_log(self) -> Path:
        """Return the log of who looks after what runs detached."""
        return self.directory / "log" / "caretaker.log"

    @property
    def node_configuration(self) -> Path:
        """Return the configuration of the node: for `slapos node …  --cfg`."""
        return self.directory / "slapos.cfg"

    @property
    def client_configuration(self) -> Path:
        """Return the configuration of the tenant: for `slapos request … --cfg`."""
        return self.directory / "slapos-client.cfg"

    @property
    def master_configuration(self) -> Path:
        """Return the configuration of the master: for `slapos proxy … --cfg`."""
        return self.directory / "slapos-proxy.cfg"

    @property
    def database(self) -> Path:
        """Return the database of the master."""
        return self.directory / "proxy.sqlite"

    @property
    def master_pid(self) -> Path:
        """Return the file that holds the pid of the running master."""
        return self.directory / "master.pid"

    @property
    def master_log(self) -> Path:
        """Return the log of the master."""
        return self.directory / "log" / "master.log"

    @property
    def software_root(self) -> Path:
        """Return the directory of the releases."""
        return self.directory / "software"

    @property
    def instance_root(self) -> Path:
        """Return the directory of the partitions."""
        return self.directory / "instance"

    @property
    def is_in_use(self) -> bool:
        """Tell whether `standalone run` was ever told to use this directory.

        Raises:
            HostFailure: it cannot be looked into.
        """
        try:
            return self.record.exists()
        except OSError as error:
            raise unusable(self.directory, error) from error

    def made_here(self) -> tuple[Path, ...]:
        """Return everything that a standalone system makes directly in its directory."""
        own = {
            *(self.record, self.node_configuration, self.client_configuration, self.master_configuration),
            *(
                self.master_pid,
                self.caretaker_lock,
                self.master_log.parent,
                self.software_root,
                self.instance_root,
            ),
            *self.directory.glob(f"{self.database.name}*"),
            *self.directory.glob("slapos.xml*"),
        }
        # The lock comes last: it is held while the rest goes.
        return (*sorted(path for path in own if path.exists()), self.lock)

    def prepare(self) -> None:
        """Make the directory, for its owner alone.

        Raises:
            HostFailure: it cannot be made, or others' files are in it.
        """
        try:
            self.directory.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            foreign = [] if self.is_in_use or self.lock.exists() else sorted(self.directory.iterdir())
        except OSError as error:
            raise unusable(self.directory, error) from error
        if foreign:
            raise HostFailure(
                f"directory {self.directory} holds {foreign[0].name}, which is none of ours",
                hint="name an empty or a new directory with --directory",
            )
        if not os.access(self.directory, os.W_OK | os.X_OK):
            raise unusable(self.directory, PermissionError(errno.EACCES, "it is not writable"))


def unusable(directory: Path, error: OSError) -> HostFailure:
    """Return the error that says that nothing can be kept in a directory, and why."""
    return HostFailure(
        f"directory {directory} cannot be used: {error.strerror or error}",
        hint="name another one with --directory",
    )


def place_at(directory: str | None, environment: Mapping[str, str], home: Path) -> Place:
    """Return the place that a command line names.

    Args:
        directory: what --directory says; None for the one in the user's state directory.
        environment: of the user.
        home: of the user.

    Raises:
        InvalidInput: the name is empty or holds characters that programs which work there cannot cope with.
    """
    if directory is None:
        configured = environment.get("XDG_STATE_HOME", "")
        state = Path(configured) if configured else home / ".local" / "state"
        return _checked(state / "slapos" / "standalone")
    if not directory or "\0" in directory:
        raise InvalidInput(
            f"directory {directory!r} cannot be used: it has no name, or one that no file can have",
            hint="name another one with --directory",
        )
    return _checked(Path(directory).expanduser().resolve())


def _checked(directory: Path) -> Place:
    """Refuse at once what some script, recipe or configuration file would stumble over later."""
    special = sorted({one for one in str(directory) if not one.isalnum() and one not in _PLAIN})
    if special:
        named = " ".join("a blank" if one == " " else repr(one) for one in special)
        raise InvalidInput(
            f"directory {str(directory)!r} cannot be used: its path holds {named}, which the programs that "
            "build and run services do not cope with",
            hint=f"name another one with --directory: letters, digits and any of {_PLAIN}",
        )
    return Place(directory=directory)
