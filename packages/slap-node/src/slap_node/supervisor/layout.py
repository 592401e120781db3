"""Where a node's supervisor keeps its files below the instance root (node-conventions section 5)."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.errors import HostFailure
from slap_node.partitions.places import permission_hint

GROUP_FILE_SUFFIX = ".conf"
FILE_MODE = 0o600
_PRIVATE = 0o700
_SHARED = 0o755
# sun_path holds 108 bytes with its final zero; supervisord first binds `<socket>.<pid>`.
_SOCKET_PATH_LIMIT = 107 - len(".4194304")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorLayout:
    """The files of one node's supervisor."""

    instance_root: Path

    @property
    def configuration(self) -> Path:
        """Return the main configuration file."""
        return self.instance_root / "etc" / "supervisord.conf"

    @property
    def groups(self) -> Path:
        """Return the directory with one configuration file per group."""
        return self.instance_root / "etc" / "supervisord.conf.d"

    @property
    def log(self) -> Path:
        """Return the daemon's log."""
        return self.instance_root / "var" / "log" / "supervisord.log"

    @property
    def pid_file(self) -> Path:
        """Return the daemon's pid file."""
        return self.instance_root / "var" / "run" / "supervisord.pid"

    @property
    def pending(self) -> Path:
        """Return the directory that names the groups whose files the daemon may not have read yet."""
        return self.instance_root / "var" / "run" / "supervisord.pending"

    @property
    def resumed(self) -> Path:
        """Return the file that names the daemon under which all that is to run has run."""
        return self.instance_root / "var" / "run" / "supervisord.resumed"

    @property
    def start_lock(self) -> Path:
        """Return the file locked while the daemon is started."""
        return self.instance_root / "var" / "run" / "supervisord.lock"

    @property
    def default_socket(self) -> Path:
        """Return the socket of a daemon started by us."""
        return self.instance_root / "sv.sock"

    @property
    def socket(self) -> Path:
        """Return the socket in use: an old node's `supervisord.socket` where there is one."""
        old = self.instance_root / "supervisord.socket"
        return old if old.exists() else self.default_socket

    def group_file(self, group: str) -> Path:
        """Return the configuration file of a group."""
        return self.groups / f"{group}{GROUP_FILE_SUFFIX}"

    def check(self) -> None:
        """Refuse a place that no supervisor can work in.

        Raises:
            HostFailure: the path is too long for a socket.
        """
        length = len(os.fsencode(self.socket))
        if length > _SOCKET_PATH_LIMIT:
            raise HostFailure(
                f"the socket {self.socket} has a path of {length} bytes; "
                f"the system allows {_SOCKET_PATH_LIMIT}",
                hint="choose an instance_root (or --directory) with a shorter path",
            )

    def prepare(self) -> None:
        """Create the directories that are missing.

        Raises:
            HostFailure: one cannot be created, or the path is too long for a socket.
        """
        self.check()
        for path, mode in self._directories():
            _make_directory(path, mode)

    def is_prepared(self) -> bool:
        """Tell whether the directories are there."""
        return all(path.is_dir() for path, _ in self._directories())

    def _directories(self) -> list[tuple[Path, int]]:
        root = self.instance_root
        wanted = [(root, _SHARED), (root / "var", _SHARED)]
        wanted += [(path, _PRIVATE) for path in (root / "var/log", root / "var/run", root / "etc")]
        return [*wanted, (self.groups, _PRIVATE)]


def _make_directory(path: Path, mode: int) -> None:
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)  # whatever the umask is
    except OSError as error:
        raise HostFailure(
            f"cannot create the directory {path}: {error.strerror}",
            hint=permission_hint(PurePosixPath(path), error),
        ) from error
