"""`slapos complete`: prints the completion script of a shell."""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from slap_cli.catalogue import COMMANDS
from slap_cli.options import KINDS

if TYPE_CHECKING:
    from importlib.machinery import SourceFileLoader

    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `complete` takes."""
    parser.description = "Print the script with which a shell completes the words of `slapos`."
    parser.epilog = """\
examples:
  Complete in bash, from now on:
    $ slapos complete > ~/.local/share/bash-completion/completions/slapos
  In zsh, where the directory is in $fpath:
    $ slapos complete --shell zsh > ~/.zsh/completions/_slapos
  In fish:
    $ slapos complete --shell fish > ~/.config/fish/completions/slapos.fish
"""
    parser.add_argument(
        "--shell", choices=("bash", "zsh", "fish"), default="bash", help="which shell (default: bash)"
    )
    parser.add_argument(
        "--name", default="slapos", help="name under which the program is called (default: slapos)"
    )
    parser.add_argument(
        "--values", choices=KINDS, help="print the names of your services, computers, … that scripts complete"
    )


def text(options: Namespace) -> str | None:
    """Return the script, or the names of all commands; None for the names that somebody else knows."""
    if options.values == "commands":
        return "".join(f"{command}\n" for command in COMMANDS)
    if options.values:
        return None
    script = _script(options.shell)
    return script if options.name == "slapos" else _renamed(script, options.name)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print the names that a shell completes.

    Raises:
        SlapError: the master or the node cannot be reached.
    """
    from slap_cli.wiring.completion_values import values

    for value in values(options.values, terminal):
        terminal.say(value)
    return 0


def _script(shell: str) -> str:
    # Read as Python reads its own files: importing pathlib takes longer than all the rest.
    package = import_module("slap_cli.completion")
    loader = cast("SourceFileLoader", package.__loader__)
    return loader.get_data(f"{package.__path__[0]}/slapos.{shell}").decode("utf-8")


def _renamed(script: str, name: str) -> str:
    """Return the script for another name of the program; functions keep their names."""
    for line in ("complete -o bashdefault -F _shtab_slapos {}", "#compdef {}", "complete -c {} "):
        script = script.replace(line.format("slapos"), line.format(name))
    return script
