"""The console: Python with a master at hand, typed into or given as a script."""

import importlib.util
import logging
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from slap_cli.configuration import client_configuration, client_configuration_path
from slap_cli.console.script_failure import say_script_failure
from slap_cli.tenant.client_settings import ClientSettings, client_settings
from slap_cli.terminal import Terminal
from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.configuration import Configuration

_LOG = logging.getLogger(__name__)
_WELCOME = """\
`slap` is the connection to {url}.
request(release, name) and supply(release, computer) ask it; product.NAME is the best release of a product.
Aliases: {aliases}."""


def open_console(options: Namespace, terminal: Terminal) -> int:
    """Run a script, or open the shell that was asked for; return the exit status.

    Raises:
        SlapError: the configuration is wrong, the script cannot be read, or the shell is not installed.
    """
    settings = _settings(options, terminal)
    names = console_names(settings)
    if options.script_file:
        run_script(Path(options.script_file), names, whole_traceback=options.debug)
        return 0
    # What is typed is its author's to mend, like a script.
    sys.excepthook = say_script_failure
    aliases = ", ".join(sorted(settings.aliases)) or "none"
    _shell(options.shell)(names, _WELCOME.format(url=settings.master_url, aliases=aliases))
    return 0


def console_names(settings: ClientSettings) -> dict[str, object]:
    """Return what is in scope: aliases, and the master's own names, which win."""
    from slapos import slap as library

    connection = library.slap()
    connection.initializeConnection(
        settings.master_url,
        settings.key_file or None,
        settings.certificate_file or None,
        settings.ca_file or None,
        slapgrid_rest_uri=settings.rest_url or None,
    )
    return {
        **settings.aliases,
        "slap": connection,
        "request": connection.registerOpenOrder().request,
        "supply": connection.registerSupply().supply,
        "product": library.SoftwareProductCollection(_LOG, connection),
    }


def run_script(path: Path, names: dict[str, object], *, whole_traceback: bool = False) -> None:
    """Run a script with the names of the console.

    Args:
        path: of the script.
        names: what is in its scope.
        whole_traceback: show where it failed inside `slapos` too.

    Raises:
        InvalidInput: it cannot be read, or is no Python.
    """
    try:
        code = compile(path.read_bytes(), str(path), "exec")
    except OSError as error:
        raise InvalidInput(
            f"script {path} cannot be read: {error.strerror}", hint="without a file the console opens"
        ) from error
    except (SyntaxError, ValueError) as error:
        raise InvalidInput(f"script {path} is not Python: {error}") from error
    # What goes wrong in it is the author's to see.
    if not whole_traceback:
        sys.excepthook = say_script_failure
    names |= {"__name__": "__main__", "__file__": str(path)}
    words_before = sys.argv
    sys.argv = [str(path)]
    try:
        exec(code, names)  # noqa: S102 - running the user's own script is what was asked for
    finally:
        sys.argv = words_before


def _settings(options: Namespace, terminal: Terminal) -> ClientSettings:
    given = {
        "master_url": options.master_url,
        "key_file": options.key_file,
        "cert_file": options.cert_file,
    }
    over = {name: value for name, value in given.items() if value}
    configuration = _configuration(options, terminal)
    sections = {name: dict(values) for name, values in configuration.sections.items()}
    sections["slapos"] = {**sections.get("slapos", {}), **over}
    files = {name: value for name, value in over.items() if name != "master_url"}
    sections["slapconsole"] = {**sections.get("slapconsole", {}), **files}
    return client_settings(Configuration(source=configuration.source, sections=sections), terminal.home)


def _configuration(options: Namespace, terminal: Terminal) -> Configuration:
    """Return the configuration; an empty one where none is needed, since the master is named, and none is."""
    if options.master_url and not options.cfg and not client_configuration_path(None, terminal).exists():
        return Configuration(source="the command line", sections={})
    return client_configuration(options.cfg, terminal)


_Shell = Callable[[dict[str, object], str], None]


def _shell(asked: str | None) -> _Shell:
    shells: dict[str, tuple[str, _Shell]] = {
        "ipython": ("IPython", _ipython),
        "bpython": ("bpython", _bpython),
        "python": ("code", _python),
    }
    for name in [asked] if asked else ["ipython", "python"]:
        module, shell = shells[name]
        if importlib.util.find_spec(module) is not None:
            return shell
    raise HostFailure(
        f"{shells[str(asked)][0]} is not installed", hint=f"install it beside slapos: `pip install {asked}`"
    )


def _ipython(names: dict[str, object], welcome: str) -> None:
    embed = importlib.import_module("IPython").embed
    embed(user_ns=names, banner1=f"{welcome}\n", colors="neutral")


def _bpython(names: dict[str, object], welcome: str) -> None:
    importlib.import_module("bpython").embed(locals_=names, banner=welcome)


def _python(names: dict[str, object], welcome: str) -> None:
    import code
    import readline
    import rlcompleter

    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("tab: complete")
    code.interact(banner=f"Python {sys.version.split()[0]}\n{welcome}", local=names, exitmsg="")
