"""Builds software releases with zc.buildout, each in its directory below the software root."""

import os
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from slap_domain.errors import BuildFailed, Cancelled
from slap_domain.model.partition import Account
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.output_lines import OnLine
from slap_domain.ports.release_cache import ReleaseCache
from slap_node import guarded_files
from slap_node.buildout.disk_space import check_free_space
from slap_node.buildout.failure import failure_line
from slap_node.buildout.local_sources import written_since
from slap_node.buildout.machine_index import index_variables
from slap_node.buildout.release_profile import (
    build_arguments,
    check_profile,
    origin_comment,
    release_profile,
)
from slap_node.buildout.release_python import ReleasePython
from slap_node.buildout.shebang import shebang
from slap_node.partitions.places import owner_of
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.log_tail import log_tail
from slap_node.programs.processes import Command, run
from slap_node.settings import NodeSettings

_RELEASE_DIRECTORY = re.compile(r"[0-9a-f]{32}\Z")
_SKIPPED = "buildout-bootstrap-skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildoutReleaseBuilder:
    """Builds releases as existing nodes do (node-conventions section 2).

    Attributes:
        caller: the node's own environment, of which builds get a part.
        cache: the binary cache; None where none is configured.
        cancel: once set, what runs is killed.
    """

    settings: NodeSettings
    caller: dict[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    cache: ReleaseCache | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    _began: dict[SoftwareUrl, float] = field(default_factory=dict, init=False, repr=False)

    def is_complete(self, release: SoftwareUrl) -> bool:
        """Tell whether the release was built and the master told so."""
        return self._completed(release).exists()

    def edited_file(self, release: SoftwareUrl) -> str:
        """Return a local file that a complete release was built from and that was written since."""
        try:
            built = self._completed(release).stat().st_mtime
            return written_since(release, built, Path(self._directory(release)))
        except OSError:  # it is not complete
            return ""

    def build(self, release: SoftwareUrl, on_line: OnLine, *, newest: bool = False) -> None:
        """Build a release, or fetch it built.

        Raises:
            BuildFailed: it does not build; carries the end of its log.
            HostFailure: this machine cannot build it.
            Cancelled: it was cancelled.
        """
        directory = self._directory(release)
        self._began[release] = time.time()
        check_free_space(directory, self.settings.software_min_free_space)
        guarded_files.remove(directory.parent, directory.name, ".completed")
        if self.cache is not None and not Path(directory).exists() and self.cache.fetch(release):
            return
        if self.cache is not None and self.cache.demands(release):
            raise BuildFailed(
                f"{release} may only come from the binary cache, which does not have it",
                hint="see download-from-binary-cache-force-url-list in section [networkcache]",
            )
        self._build(release, directory, on_line, newest=newest)
        if self.cache is not None and not Path(directory / ".shared").exists():
            self.cache.offer(release)

    def complete(self, release: SoftwareUrl) -> None:
        """Mark a built release as complete."""
        directory = self._directory(release)
        guarded_files.write_text(directory, ".completed", text=time.asctime(), owner=self._owner(directory))
        began = self._began.pop(release, None)
        if began is not None and written_since(release, began, profiles_only=True):
            # What was edited meanwhile may not have been built: it is to be newer than what was.
            os.utime(self._completed(release), (began, began), follow_symlinks=False)

    def remove(self, release: SoftwareUrl) -> bool:
        """Remove a release and all its files; tell whether there was anything."""
        return self._remove(release_directory_name(release))

    def directories(self) -> tuple[str, ...]:
        """Return the names of all release directories, sorted."""
        root = self.settings.software_root
        return tuple(
            name
            for name in guarded_files.entries(root)
            if _RELEASE_DIRECTORY.match(name) and Path(root / name / "buildout.cfg").is_file()
        )

    def remove_directory(self, name: str) -> None:
        """Remove a release directory by its name."""
        self._remove(name)

    def _owner(self, directory: PurePosixPath) -> Account | None:
        return owner_of(directory, single_user=self.settings.single_user)

    def _completed(self, release: SoftwareUrl) -> Path:
        return Path(self._directory(release) / ".completed")

    def _directory(self, release: SoftwareUrl) -> PurePosixPath:
        return self.settings.software_root / release_directory_name(release)

    def _remove(self, name: str) -> bool:
        root = self.settings.software_root
        if not Path(root).is_dir():
            return False
        # A removal that is interrupted must not leave what looks built.
        if Path(root / name).is_dir():
            guarded_files.remove(root, name, ".completed")
        return guarded_files.remove_tree(root, name)

    def _build(
        self, release: SoftwareUrl, directory: PurePosixPath, on_line: OnLine, *, newest: bool
    ) -> None:
        check_profile(release, self._owner(directory if Path(directory).exists() else directory.parent))
        account = self._lay_out(release, directory)
        environment = environment_of_runs(
            self.caller,
            home=directory,
            passed=self.settings.passed_environment,
            extra=index_variables(self.caller),
        )
        self._bootstrap(directory, account, environment)
        command = Command(
            argv=(
                *shebang(directory / "bin" / "buildout"),
                str(directory / "bin" / "buildout"),
                *build_arguments(self.settings, directory, newest=newest),
            ),
            directory=directory,
            environment=environment,
            account=account,
        )
        finished = run(command, on_line, self.cancel)
        if finished.cancelled:
            raise Cancelled
        if not finished.succeeded:
            killed = finished.status < 0
            remedy = (
                "see whether memory ran out (`dmesg`)" if killed else "mend the profile, or check its URL"
            )
            raise BuildFailed(
                failure_line(finished),
                log=log_tail(finished.output),
                hint=f"{remedy}, and build it again; the files of the release are in {directory}",
            )
        guarded_files.remove(directory, "bin", _SKIPPED)

    def _lay_out(self, release: SoftwareUrl, directory: PurePosixPath) -> Account | None:
        """Make the directory of a release and what has to be there before it builds."""
        root = self.settings.software_root
        owner = self._owner(root)
        if not Path(directory).exists():
            guarded_files.make_directory(root, directory.name, owner=owner, mode=0o755)
        account = self._owner(directory)
        if owner is not None:
            netrc = guarded_files.read_text(owner.home, ".netrc") if Path(owner.home).is_dir() else None
            if netrc is not None:
                guarded_files.write_text(directory, ".netrc", text=netrc, mode=0o600, owner=account)
        guarded_files.make_directory(directory, "extends-cache", owner=account)
        # Written once and never refreshed: people edit it (compat-notes 6.3).
        profile = guarded_files.read_text(directory, "buildout.cfg")
        text = release_profile(self.settings, release) if profile is None else profile
        comment = origin_comment(release, self.caller)
        if comment and comment.partition(" ")[2] not in text:
            text = f"{text.rstrip()}\n# {comment}\n"
        if text != profile:
            guarded_files.write_text(directory, "buildout.cfg", text=text, owner=account)
        return account

    def _bootstrap(
        self, directory: PurePosixPath, account: Account | None, environment: dict[str, str]
    ) -> None:
        """Give the release its `bin/buildout`, unless it has one that worked last time."""
        python = ReleasePython(release=directory)
        has_one = Path(directory / "bin" / "buildout").exists()
        worked = not Path(directory / "bin" / _SKIPPED).exists()
        if has_one and worked and (python.is_current() or not python.is_ours()):
            guarded_files.write_text(directory, "bin", _SKIPPED, text="", owner=account)
        else:
            python.install(account, environment, self.cancel)
            guarded_files.remove(directory, "bin", _SKIPPED)
