"""The Python of a release: an interpreter with zc.buildout and nothing else, in the release's own directory.

A release built with the node's own environment would use whatever happens to be installed there, and break
when the node is upgraded. So each release gets a small environment of its own (`.python`), which holds the
copies of zc.buildout and of what it needs; `bin/buildout` and every script of the release run in it.
"""

import contextlib
import hashlib
import io
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import Cancelled, HostFailure
from slap_domain.model.partition import Account
from slap_node.programs.own_python import base_executable

if TYPE_CHECKING:
    import tarfile

RUNTIME = ("zc.buildout", "setuptools", "pip", "wheel", "packaging", "platformdirs")
_FINGERPRINT = "slapos-runtime.json"
_RUNNER = "slap_buildout_runner.py"
_UNFINISHED = "bin/.buildout"
_MARK = "# Made by the SlapOS node: it runs zc.buildout through slap_buildout_runner."

_SCRIPT = f"""\
#!{{python}}
{_MARK}
import os
import sys

import slap_buildout_runner

release = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if __name__ == "__main__":
    sys.exit(slap_buildout_runner.main(release))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePython:
    """Where the Python of a release is."""

    release: PurePosixPath

    @property
    def environment(self) -> PurePosixPath:
        """Return the directory of the environment."""
        return self.release / ".python"

    @property
    def executable(self) -> PurePosixPath:
        """Return the interpreter."""
        return self.environment / "bin" / "python"

    @property
    def libraries(self) -> PurePosixPath:
        """Return the directory of zc.buildout and what it needs."""
        return self.environment / "lib" / _version_directory() / "site-packages"

    def is_usable(self) -> bool:
        """Tell whether the release's `bin/buildout` is ours, made by the same Python and zc.buildout."""
        return self.is_ours() and self._fingerprint() == _versions()

    def is_current(self) -> bool:
        """Tell whether the environment is exactly what we would make now."""
        return self.is_usable() and _digest(Path(self.libraries / _RUNNER)) == _digest(_runner_source())

    def install(
        self,
        account: Account | None,
        environment: Mapping[str, str],
        cancel: threading.Event | None = None,
    ) -> None:
        """Make the environment and `bin/buildout` anew.

        Args:
            account: whose the files become; they are written as this user.
            environment: for the programs that write them.
            cancel: once set, it is given up.

        Raises:
            HostFailure: it cannot be made.
            Cancelled: it was given up.
        """
        # Always the same name: what a killed run left is replaced by the next.
        archive = Path(self.release.parent / f".{self.release.name}.python.tar")
        try:
            try:
                self._write_archive(archive, cancel)
            except OSError as error:
                raise HostFailure(f"cannot prepare zc.buildout for a release: {error}") from error
            self._unpack(archive, account, environment, cancel)
        finally:
            with contextlib.suppress(OSError):
                archive.unlink()

    def _write_archive(self, archive: Path, cancel: threading.Event | None) -> None:
        import tarfile  # noqa: PLC0415 - costly, and releases are built seldom

        archive.unlink(missing_ok=True)
        # Whoever owns the directory may have put a link there meanwhile: the file is made, or not at all.
        descriptor = os.open(archive, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file, tarfile.open(fileobj=file, mode="w") as packed:
            os.fchmod(descriptor, 0o644)
            _pack(packed, self, cancel)

    def _unpack(
        self,
        archive: Path,
        account: Account | None,
        environment: Mapping[str, str],
        cancel: threading.Event | None,
    ) -> None:
        from slap_node.programs.processes import Command, run  # noqa: PLC0415 - as above

        script = str(self.release / "bin" / "buildout")
        # Done by the owner of the release, not by root: the release may hold links that lead elsewhere.
        for argv in (
            ("rm", "-rf", str(self.environment), script),
            ("tar", "--extract", "--no-same-owner", f"--file={archive}", f"--directory={self.release}"),
            # What is there is taken for whole.
            ("mv", "-f", str(self.release / _UNFINISHED), script),
        ):
            command = Command(
                argv=argv, directory=self.release, environment=environment, account=account, umask=0o022
            )
            finished = run(command, cancel=cancel)
            if finished.cancelled:
                raise Cancelled
            if not finished.succeeded:
                raise HostFailure(f"cannot put zc.buildout into {self.release}: {_reason(finished.output)}")

    def is_ours(self) -> bool:
        """Tell whether the release's `bin/buildout` was made by a node like this one."""
        try:
            with Path(self.release / "bin" / "buildout").open() as script:
                script.readline()
                return script.readline().strip() == _MARK
        except (OSError, UnicodeDecodeError):
            return False

    def _fingerprint(self) -> object:
        try:
            return json.loads(Path(self.environment / _FINGERPRINT).read_text())
        except (OSError, ValueError):
            return None


def _reason(output: str) -> str:
    """Return the last line that says why; tar's very last one says only that something was said before."""
    lines = [line for line in output.splitlines() if "Exiting with failure status" not in line]
    return lines[-1].strip() if lines else "it was killed"


def _versions() -> dict[str, str]:
    return {
        "python": sys.version.split()[0],
        "base": str(Path(base_executable()).resolve()),
        "zc.buildout": _buildout_version(),
    }


def _buildout_version() -> str:
    """Return the version of our own zc.buildout, by the name of what describes it where it is installed."""
    described = list(Path(folder_of("zc.buildout")).glob("zc[._]buildout-*.dist-info"))
    if len(described) == 1:
        return described[0].stem.partition("-")[2]
    from importlib import metadata  # noqa: PLC0415 - costly

    return metadata.version("zc.buildout")


def folder_of(package: str) -> str:
    """Return the directory that this process imports a package from.

    Raises:
        HostFailure: it cannot be imported.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise HostFailure(
            f"the node's own Python has no {package}", hint="install the package slap-node again"
        )
    return str(Path(spec.origin).parents[package.count(".") + 1])


def _version_directory() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _runner_source() -> Path:
    return Path(__file__).with_name("runner.py")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _pack(packed: "tarfile.TarFile", python: ReleasePython, cancel: threading.Event | None) -> None:
    base = base_executable()
    libraries = str(python.libraries.relative_to(python.release))
    for name in ("python", "python3"):
        _pack_link(packed, f".python/bin/{name}", base)
    _pack_link(packed, ".python/lib64", "lib")
    _pack_text(
        packed,
        ".python/pyvenv.cfg",
        f"home = {Path(base).parent}\n"
        "include-system-site-packages = false\n"
        f"version = {sys.version.split()[0]}\n",
    )
    for source, target in _runtime_files():
        if cancel is not None and cancel.is_set():
            raise Cancelled
        packed.add(source, f"{libraries}/{target}", recursive=False, filter=_readable)
    packed.add(_runner_source(), f"{libraries}/{_RUNNER}", filter=_readable)
    # What configures pip for the node's own environment holds for its builds too.
    own_pip_configuration = Path(sys.prefix) / "pip.conf"
    if own_pip_configuration.is_file():
        packed.add(own_pip_configuration, ".python/pip.conf", filter=_readable)
    _pack_text(packed, f".python/{_FINGERPRINT}", json.dumps(_versions()))
    _pack_text(packed, _UNFINISHED, _SCRIPT.format(python=python.executable), mode=0o755)


def _readable(member: "tarfile.TarInfo") -> "tarfile.TarInfo":
    member.mode = 0o644
    return member


def _pack_text(packed: "tarfile.TarFile", name: str, text: str, mode: int = 0o644) -> None:
    import tarfile  # noqa: PLC0415 - as above

    data = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), mode, int(time.time())
    packed.addfile(member, io.BytesIO(data))


def _pack_link(packed: "tarfile.TarFile", name: str, target: str) -> None:
    import tarfile  # noqa: PLC0415 - as above

    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    packed.addfile(member)


def _runtime_files() -> Iterator[tuple[Path, Path]]:
    """Yield the files of zc.buildout and what it needs, compiled ones included, and where each goes."""
    from importlib import metadata  # noqa: PLC0415 - as above

    for name in RUNTIME:
        distribution = metadata.distribution(name)
        for file in distribution.files or ():
            source = Path(str(distribution.locate_file(file)))
            if ".." in file.parts or file.suffix == ".pyc" or not source.is_file():
                continue
            yield source, Path(file)
            compiled = compiled_beside(source)
            if compiled is not None:
                yield compiled, Path(file).parent / "__pycache__" / compiled.name


def compiled_beside(source: Path) -> Path | None:
    """Return the compiled file of a module; None where there is none that we may read.

    Somebody with another umask may have compiled it for himself alone.
    """
    compiled = source.parent / "__pycache__" / f"{source.stem}.{_cache_tag()}.pyc"
    return compiled if source.suffix == ".py" and os.access(compiled, os.R_OK) else None


def _cache_tag() -> str:
    import sysconfig  # noqa: PLC0415 - as above

    return sys.implementation.cache_tag or str(sysconfig.get_config_var("SOABI"))
