"""Deploys the instance profile of a release in a partition, with the release's own buildout."""

import contextlib
import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from slap_domain.errors import Cancelled, DeploymentFailed, HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.instance_builder import InstanceBuild
from slap_domain.ports.output_lines import OnLine
from slap_node import guarded_files
from slap_node.buildout.disk_space import check_free_space
from slap_node.buildout.failure import failure_line
from slap_node.buildout.instance_profile import instance_profile, instance_template
from slap_node.buildout.shebang import shebang
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.log_tail import log_tail
from slap_node.programs.own_python import barred_hint
from slap_node.programs.processes import Command, Finished, group_name, groups_of, run
from slap_node.settings import NodeSettings

_PARTITION_MODE = 0o750


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildoutInstanceBuilder:
    """Deploys instances as existing nodes do (node-conventions 3.1).

    Attributes:
        caller: the node's own environment, of which recipes get a part.
        warm: processes that have imported zc.buildout already; None: each run starts its own.
        cancel: once set, what runs is killed.
    """

    settings: NodeSettings
    caller: dict[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    warm: WarmBuilders | None = None
    cancel: threading.Event = field(default_factory=threading.Event)

    def expect(self, release: SoftwareUrl) -> None:
        """Begin with what takes long: instances of a release will be deployed soon."""
        if self.warm is not None:
            with contextlib.suppress(HostFailure):  # told by `build`
                self.warm.begin(self.settings.software_root / release_directory_name(release))

    def build(self, build: InstanceBuild, on_line: OnLine) -> None:
        """Deploy the files of an instance.

        Raises:
            DeploymentFailed: it does not deploy; carries the end of its log.
            HostFailure: this machine cannot deploy it.
            Cancelled: it was cancelled.
        """
        place = build.place
        release = self.settings.software_root / release_directory_name(build.instance.release)
        self._check(place, release)
        _link_release(place, release)
        profile = instance_profile(instance_template(release), self.settings, place, build.instance)
        guarded_files.write_text(place.path, "buildout.cfg", text=profile, mode=0o640, owner=place.account)
        finished = self._run(place, release, on_line)
        if finished.cancelled:
            raise Cancelled
        if finished.timed_out:
            raise DeploymentFailed(
                f"the deployment took more than {self.settings.partition_timeout:g} seconds and was killed",
                log=log_tail(finished.output),
                hint="see partition_timeout in section [slapos]",
            )
        if not finished.succeeded:
            line = failure_line(finished)
            raise DeploymentFailed(
                f"the instance does not deploy: {line}",
                log=log_tail(finished.output),
                hint=(_bar(place, release) if line.startswith("PermissionError") else "")
                or f"its whole log is {place.path}/.slapgrid/log/instance.log",
            )

    def _check(self, place: PartitionPlace, release: PurePosixPath) -> None:
        check_free_space(place.path, self.settings.instance_min_free_space)
        mode = stat.S_IMODE(Path(place.path).stat().st_mode)
        if mode != _PARTITION_MODE:
            raise HostFailure(
                f"{place.path} has mode {mode:04o}, it must be {_PARTITION_MODE:04o}",
                hint="run `slapos node format`, or chmod the directory",
            )
        if not Path(release).is_dir():
            raise DeploymentFailed(
                f"the software release is not present on system: {release}",
                hint="run `slapos node software`",
            )

    def _run(self, place: PartitionPlace, release: PurePosixPath, on_line: OnLine) -> Finished:
        environment = environment_of_runs(
            self.caller,
            home=place.path,
            passed=self.settings.passed_environment,
            extra={"SLAPGRID_INSTANCE_ROOT": str(self.settings.instance_root)},
        )
        options = ("-U", "-D") if self.settings.buildout_debug else ("-U",)
        program = self._own_bootstrap(place, release, environment, on_line)
        command = Command(
            argv=(*shebang(program), str(program), *options),
            directory=place.path,
            environment=environment,
            account=place.account,
            timeout=self.settings.partition_timeout,
        )
        if self.warm is not None and program == release / "bin" / "buildout":
            finished = self.warm.run(release, command, on_line, self.cancel)
            if finished is not None:
                return finished
        return run(command, on_line, self.cancel)

    def _own_bootstrap(
        self, place: PartitionPlace, release: PurePosixPath, environment: dict[str, str], on_line: OnLine
    ) -> PurePosixPath:
        """Run the release's own bootstrap, if it has one; return the buildout to run."""
        names = [name for name in guarded_files.entries(release, "bin") if name.startswith("bootstrap")]
        if not names:
            return release / "bin" / "buildout"
        if len(names) > 1:
            raise DeploymentFailed(f"{release}/bin has more than one bootstrap: {', '.join(names)}")
        program = release / "bin" / names[0]
        command = Command(
            argv=(*shebang(program), str(program)),
            directory=place.path,
            environment=environment,
            account=place.account,
            timeout=self.settings.partition_timeout,
        )
        finished = run(command, on_line, self.cancel)
        if finished.cancelled:
            raise Cancelled
        if not finished.succeeded:
            raise DeploymentFailed(
                f"the release's bootstrap fails: {failure_line(finished)}",
                log=log_tail(finished.output),
            )
        return place.path / "sbin" / "buildout"


def _bar(place: PartitionPlace, release: PurePosixPath) -> str:
    """Return what to do about a partition's user who may not use its release; empty: he may."""
    group = Path(release).stat().st_gid
    if place.account is None or group in groups_of(place.account):
        return barred_hint(place.account)
    return (
        f"user {place.account.name} is not in group {group_name(group)}, which the release belongs to: "
        "run `slapos node format`, or `usermod -aG` as root"
    )


def _link_release(place: PartitionPlace, release: PurePosixPath) -> None:
    link = Path(place.path / "software_release")
    if link.is_symlink():
        if str(link.readlink()) == str(release):
            return
        guarded_files.remove(place.path, "software_release")
    elif link.exists():
        return  # not ours: left alone
    try:
        link.symlink_to(release)
        if place.account is not None:
            os.lchown(link, place.account.uid, place.account.gid)
    except OSError as error:
        raise HostFailure(f"cannot link {link} to the release: {error.strerror}") from error
