"""The profile and the command line with which a release is built."""

import os
import re
import stat
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from slap_domain.errors import BuildFailed, HostFailure
from slap_domain.model.partition import Account
from slap_domain.model.references import SoftwareUrl
from slap_node.barriers import barrier_before
from slap_node.partitions.places import permission_hint
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.processes import Command, run
from slap_node.settings import NodeSettings

_UPLOAD_OPTIONS = (
    "signature-private-key-file",
    "upload-cache-url",
    "upload-dir-url",
    "shacache-ca-file",
    "shacache-cert-file",
    "shacache-key-file",
    "shadir-ca-file",
    "shadir-cert-file",
    "shadir-key-file",
)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def check_profile(release: SoftwareUrl, account: Account | None) -> None:
    """Make sure that a release which is a path of this machine leads to a file that its builder may read.

    Args:
        release: where its profile is.
        account: of whoever builds it; None: this process's own.

    Raises:
        BuildFailed: it does not.
    """
    if _SCHEME.match(release):
        return
    path = PurePosixPath(release)
    if not path.is_absolute():
        raise BuildFailed(
            f"{release} is neither a URL nor the absolute path of a profile",
            hint=f"remove it: {_remove(release)}",
        )
    why = "is no file"
    try:
        if stat.S_ISREG(Path(path).stat().st_mode):
            _check_readable(path, account)
            return
    except PermissionError as error:
        hint = permission_hint(path, error)
        raise BuildFailed(f"the profile {release} cannot be read: {error.strerror}", hint=hint) from error
    except OSError:
        why = "is no file" if os.path.lexists(path) else "is not there"
    raise BuildFailed(
        f"the profile {release} {why} on this computer",
        hint=f"put it there, or take the release away: {_remove(release)}",
    )


def _check_readable(path: PurePosixPath, account: Account | None) -> None:
    barrier = None if account is None else barrier_before(Path(path), account, os.R_OK)
    # Access lists may allow what modes do not: the user has the last word.
    if account is None or barrier is None or _may_read(path, account):
        return
    raise BuildFailed(
        f"user {account.name}, who builds releases, may not read the profile {path} because of the "
        f"permissions of {barrier}",
        hint=f"let all users {'read it' if barrier == Path(path) else 'pass there'}, or supply the release "
        "from a place such as /srv",
    )


def _may_read(path: PurePosixPath, account: Account) -> bool:
    command = Command(
        argv=("test", "-r", str(path)),
        directory=PurePosixPath("/"),
        environment=environment_of_runs(os.environ, home=PurePosixPath("/")),
        account=account,
        timeout=30,
    )
    return run(command).succeeded


def _remove(release: SoftwareUrl) -> str:
    return f"`slapos remove {release} COMPUTER_ID`"


def release_profile(settings: NodeSettings, release: SoftwareUrl) -> str:
    """Return the text of a release's `buildout.cfg`."""
    return (
        "[buildout]\n"
        f"extends = {release}\n"
        f"shared-part-list = {_list(settings.shared_parts)}\n"
        f"build-time-part-list = {_list(settings.build_time_parts)}\n"
    )


def build_arguments(settings: NodeSettings, directory: PurePosixPath, *, newest: bool) -> tuple[str, ...]:
    """Return the arguments of the buildout that builds a release."""
    arguments = ["-U"]
    if settings.buildout_debug:
        arguments.append("-D")
    arguments += [f"buildout:extends-cache={directory}/extends-cache", f"buildout:directory={directory}"]
    uploads = {name: settings.network_cache.get(name, "").strip() for name in _UPLOAD_OPTIONS}
    if any(uploads.values()):
        arguments.append("buildout:networkcache-section=networkcache")
        arguments += [f"networkcache:{name}={value}" for name, value in uploads.items() if value]
    if not newest:
        arguments.append("-N")
    return (*arguments, "-c", f"{directory}/buildout.cfg")


def origin_comment(release: SoftwareUrl, caller: Mapping[str, str]) -> str:
    """Return when and from which commit a release is built, when it is a file in a git work tree.

    The text is `<date> <git description>`; empty when there is no such thing.
    """
    path = PurePosixPath(release)
    if _SCHEME.match(release) or not path.is_absolute() or not Path(path.parent).is_dir():
        return ""
    command = Command(
        argv=("git", "-c", "safe.directory=*", "describe", "--all", "--long", "--dirty"),
        directory=path.parent,
        environment=environment_of_runs(caller, home=PurePosixPath("/")),
        timeout=30,
        separate_errors=True,
    )
    try:
        finished = run(command)
    except HostFailure:  # a machine without git
        return ""
    described = finished.output.strip()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {described}" if finished.succeeded and described else ""


def _list(paths: tuple[PurePosixPath, ...]) -> str:
    return "".join(f"\n  {path}" for path in paths)
