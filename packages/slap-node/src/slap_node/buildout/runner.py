"""zc.buildout, mended where deployed releases expect more of it; needs nothing but zc.buildout itself.

A copy of this module lies beside the zc.buildout of every release the node builds, and its `bin/buildout`
starts here. What is mended, and why:

* offline, eggs that zc.buildout itself installed are not found: it looks for `EGG-INFO` where they hold a
  `*.dist-info`;
* offline, an egg that is missing is not looked for in the package index either;
* an `eggs-directory` taken from the release ends with the version of the egg format already, and must not
  get it twice;
* recipes set options that are no strings: they are kept, and written to `.installed.cfg` as `!py!` + repr;
* profiles refer to `_profile_base_location_`, where the profile that mentions a section was read from;
* a part is installed again when a value changed that its recipe took from another section: plain zc.buildout
  sees only what the part's own options quote;
* the package index is the one this machine's pip is configured for;
* pip runs in forks of this process, which has imported it: of most eggs, that takes longest;
* `.installed.cfg` is replaced at once, so that a killed run leaves the old one, and it has each section once:
  recipes read it with parsers that insist on that;
* options are copied a dozen times while profiles are read: done plainly, that takes longer than all the rest.
"""
# zc.buildout has no types, and what has to be mended is not public.
# ruff: noqa: ANN401, SLF001
# mypy: disallow-subclassing-any=False

import ast
import hashlib
import io
import os
import re
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import zc.buildout.buildout  # type: ignore[import-untyped]
import zc.buildout.configparser  # type: ignore[import-untyped]
import zc.buildout.easy_install  # type: ignore[import-untyped]

_PYTHON_VALUE = "!py!"
_BASE_LOCATION = "_profile_base_location_"
_SOCKET_TIMEOUT = 120.0
# Compiled here, as `warnings` does it, so that forks find it compiled.
_IMPORTED_TWICE = re.compile("Module .* was already imported from", re.IGNORECASE)

_Installer: Any = zc.buildout.easy_install.Installer
_PlainBuildout: Any = zc.buildout.buildout.Buildout
_PlainOptions: Any = zc.buildout.buildout.Options
_PlainIndex: Any = zc.buildout.easy_install.AllowHostsPackageIndex
_plain_parse = zc.buildout.configparser.parse
_plain_dest_paths = _Installer._get_dest_dist_paths
_plain_obtain = _Installer._obtain
_plain_output = zc.buildout.easy_install.get_subprocess_output
_plain_save_option = zc.buildout.buildout._save_option


class Options(_PlainOptions):
    """A section whose values may be of any type, and which knows what its recipe took from others."""

    def __init__(self, buildout: Any, section: str, data: Any) -> None:
        super().__init__(buildout, section, data)
        self.taken: dict[tuple[str, str], str] = {}

    def _initialize(self) -> None:
        super()._initialize()
        # Or else they would be reported as unused.
        for option in (_BASE_LOCATION, "shared-part-list", "build-time-part-list"):
            self.get(option)

    def initialize(self) -> None:
        """Make the recipe of a part, noting what it takes from other sections."""
        self.buildout.initializing.append(self)
        try:
            super().initialize()
        finally:
            self.buildout.initializing.pop()

    def get(self, option: str, default: Any = None, seen: Any = None) -> Any:
        """Return a value; one that was written as `!py!` is read back, a text that only looks so is kept."""
        is_new = option not in self._data
        value = super().get(option, default, seen)
        if is_new and _looks_written(value) and self._is_written(option):
            value = self._data[option] = _decoded(value)
        if self.name == "buildout":
            doubled = (
                option == "eggs-directory-version" and Path(self.get("eggs-directory", "")).name == value
            )
            return "" if doubled else value
        for reader in self.buildout.initializing[-1:]:
            if reader is not self:
                reader.taken[self.name, option] = _canonical(value)
        return value

    def __getitem__(self, option: str) -> Any:
        """Return a value.

        Raises:
            zc.buildout.buildout.MissingOption: there is none.
        """
        value = self.get(option)
        return super().__getitem__(option) if value is None else value

    def keys(self) -> list[str]:
        """Return the names of all options, without the one that no profile wrote."""
        return [option for option in super().keys() if option != _BASE_LOCATION]  # noqa: SIM118 - iter calls keys

    def _sub(self, template: str, seen: Any) -> str:
        pieces = self._template_split(template)
        for index in range(1, len(pieces), 2):
            pieces[index] = self._substituted(pieces[index], seen)
        return "".join(pieces)

    def _substituted(self, reference: str, seen: Any) -> str:
        value = self._referenced(reference, seen)
        if value is not None and not isinstance(value, str):
            return _encoded(value)
        return str(super()._sub(reference, seen))

    def _referenced(self, reference: str, seen: Any = None) -> Any:
        if not self._valid(reference):
            return None
        section, option = reference[2:-1].split(":")
        return self.buildout[section or self.name].get(option, None, seen)

    def _is_written(self, option: str) -> bool:
        """Tell whether a value is written as such in the profile, or stands for one that is no text."""
        raw = self._raw.get(option, "")
        other = self._referenced(raw)
        return _looks_written(raw) or (other is not None and not isinstance(other, str))

    def __setitem__(self, option: str, value: Any) -> None:
        """Set a value."""
        self._data[option] = value

    def copy(self) -> dict[str, Any]:
        """Return all values."""
        return {option: self.get(option) for option in self.keys()}


class Buildout(_PlainBuildout):
    """A buildout with our sections, and a record of what it installed that is never half-written."""

    Options = Options

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.initializing: list[Options] = []
        super().__init__(*arguments, **options)

    def _compute_part_signatures(self, parts: Any) -> None:
        super()._compute_part_signatures(parts)
        for part in parts:
            options = self[part]
            if options.taken:
                digest = hashlib.sha256(repr(sorted(options.taken.items())).encode()).hexdigest()
                options["__buildout_signature__"] += f" taken-{digest[:32]}"

    def _save_installed_options(self, installed_options: Any) -> None:
        place = self["buildout"]["installed"]
        if not place:
            return
        temporary = f"{place}.tmp"
        options = self["buildout"]
        options["installed"] = temporary
        try:
            super()._save_installed_options(installed_options)
            Path(temporary).replace(place)
        finally:
            options["installed"] = place

    def _update_installed(self, **changes: str) -> None:
        place = Path(self["buildout"]["installed"])
        temporary = Path(f"{place}.tmp")
        temporary.write_text(_with_buildout_options(place.read_text(), changes))
        temporary.replace(place)


class MachineIndex(_PlainIndex):
    """A package index that also looks into this machine's additional ones."""

    additional: tuple[str, ...] = ()

    def find_packages(self, requirement: Any) -> None:
        """Find the distributions of a requirement."""
        super().find_packages(requirement)
        name = re.sub(r"[-_.]+", "-", requirement.unsafe_name).lower()
        for url in self.additional:
            self.scan_url(f"{url.rstrip('/')}/{name}/")

    def scan_all(self, msg: Any = None, *arguments: Any) -> None:
        """Do nothing: reading the list of all packages takes minutes, and only ever finds misspelled ones."""


def main(release: str) -> None:
    """Run zc.buildout with the process's own arguments; ends the process.

    Args:
        release: directory of the software release whose eggs recipes come from.
    """
    mend(release)
    use_machine_index()
    zc.buildout.easy_install.get_subprocess_output = _output
    zc.buildout.buildout.main()


def mend(release: str) -> None:
    """Mend zc.buildout in this process.

    Args:
        release: directory of the software release whose eggs are found offline, besides those of the
            directories that a profile names.
    """
    version = zc.buildout.buildout._buildout_default_options["eggs-directory-version"].value
    eggs = (f"{release}/eggs/{version}", f"{release}/eggs")

    def dest_dist_paths(installer: Any) -> list[str]:
        paths: list[str] = _plain_dest_paths(installer)
        if installer._dest is None:
            paths += _eggs_in([*installer._path, *eggs])
        return paths

    def obtain(installer: Any, requirement: Any, source: Any = None) -> Any:
        return None if installer._dest is None else _plain_obtain(installer, requirement, source)

    _Installer._get_dest_dist_paths = dest_dist_paths
    _Installer._obtain = obtain
    zc.buildout.buildout.Buildout = Buildout
    zc.buildout.buildout.Options = Options
    zc.buildout.buildout.SectionKey.__deepcopy__ = _copied
    zc.buildout.buildout._save_option = _save_option
    zc.buildout.configparser.parse = _parse
    socket.setdefaulttimeout(_SOCKET_TIMEOUT)
    # Namespace packages are spread over eggs: true, and no news to whoever reads the log.
    warnings.filterwarnings("ignore", message=_IMPORTED_TWICE.pattern)


def use_machine_index() -> None:
    """Make the package index of this machine the default of profiles that name none."""
    settings = _pip_settings()
    index = settings.get("index-url", "")
    if index:
        zc.buildout.easy_install.default_index_url = index
    MachineIndex.additional = tuple(settings.get("extra-index-url", "").split())
    zc.buildout.easy_install.AllowHostsPackageIndex = MachineIndex
    links = settings.get("find-links", "").split()
    defaults = zc.buildout.buildout._buildout_default_options
    defaults["find-links"] = zc.buildout.buildout.SectionKey("\n".join(links), "DEFAULT_VALUE")
    authorities = settings.get("cert") or os.environ.get("PIP_CERT", "")
    if authorities:
        os.environ.setdefault("SSL_CERT_FILE", authorities)


def _copied(option: Any, _memo: Any) -> Any:
    copy = option.__class__.__new__(option.__class__)
    copy.value = option.value
    copy.history = option.history.copy()  # what is in it never changes
    return copy


def _eggs_in(directories: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for directory in directories:
        found.update(dict.fromkeys(sorted(str(egg) for egg in Path(directory).glob("*.egg"))))
    return list(found)


def _parse(fp: Any, fpname: str, *arguments: Any) -> Any:
    sections = _plain_parse(fp, fpname, *arguments)
    source = fpname.partition(" (downloaded as ")[0]
    if source and not Path(source).name.startswith(".installed"):
        base = source.rpartition("/")[0]
        for name, options in sections.items():
            if name != "versions":
                options[_BASE_LOCATION] = base
    return sections


def _with_buildout_options(installed: str, changes: dict[str, str]) -> str:
    """Return a record of what is installed with other options of `[buildout]`, which it then has once."""
    sections = re.split(r"(?m)^(?=\[)", installed)
    own = "".join(section for section in sections if section.startswith("[buildout]"))
    options = {**_plain_parse(io.StringIO(own), "installed")["buildout"], **changes}
    text = io.StringIO()
    zc.buildout.buildout._save_options("buildout", options, text)
    others = [section.rstrip("\n") + "\n" for section in sections if re.match(r"\[(?!buildout\])", section)]
    return "\n".join([text.getvalue(), *others])


def _looks_written(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_PYTHON_VALUE)


def _encoded(value: Any) -> str:
    return _PYTHON_VALUE + repr(value)


def _canonical(value: Any) -> str:
    """Return a text that is the same for equal values, in every process."""
    if isinstance(value, dict):
        items = sorted((_canonical(key), _canonical(item)) for key, item in value.items())
        return f"{{{', '.join(': '.join(item) for item in items)}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_canonical, value)))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_canonical, value))}]"
    plain = value is None or isinstance(value, str | bytes | int | float)
    return repr(value) if plain else type(value).__name__


def _decoded(text: str) -> Any:
    try:
        return ast.literal_eval(text[len(_PYTHON_VALUE) :])
    except (SyntaxError, ValueError):
        return text  # an object without a literal form: it stays different from any new value


def _save_option(option: str, value: Any, file: Any) -> None:
    is_plain = isinstance(value, str) and (not _looks_written(value) or _decoded(value) == value)
    _plain_save_option(option, value if is_plain else _encoded(value), file)


def _output(command: list[str], **options: Any) -> str:
    """Run a command to its end and return what it printed; it is an error when it fails."""
    if command[1:3] != ["-m", "pip"]:
        return str(_plain_output(command, **options))
    import pip._internal.cli.main  # noqa: PLC0415 - only builds need it
    import pip._internal.commands.install  # noqa: F401, PLC0415 - for the forks to have

    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            _become_pip(command[3:], options["env"], output.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status:
        sys.stdout.write(text)
        raise zc.buildout.UserError(f"pip ended with status {status}: pip {' '.join(command[3:])}")
    return text


def _become_pip(arguments: list[str], environment: dict[str, str], output: int) -> NoReturn:
    from pip._internal.cli.main import main as pip_main  # noqa: PLC0415 - as above

    status = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.clear()
        os.environ.update(environment)
        status = pip_main(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _pip_settings() -> dict[str, str]:
    """Return pip's settings: what holds for `pip install` wins over what holds for all of pip."""
    from pip._internal.configuration import Configuration  # noqa: PLC0415 - only builds need it

    configuration = Configuration(isolated=False)
    configuration.load()
    merged: dict[str, str] = {}
    # Some versions of pip tell the settings file by file, others all together.
    for name, value in configuration.items():
        merged.update(value if isinstance(value, dict) else {name: value})
    settings: dict[str, str] = {}
    for scope in ("global.", "install.", ":env:."):
        scoped = {name[len(scope) :]: value for name, value in merged.items() if name.startswith(scope)}
        settings.update(scoped)
    return settings
