"""`slapos complete`: prints the completion script of a shell."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from slap_cli.completion.completed_values import KINDS
from slap_cli.terminal import Terminal

_SCRIPTS = Path(__file__).parent.parent / "completion"


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


def run(options: Namespace, terminal: Terminal) -> int:
    """Print it.

    Raises:
        SlapError: values are asked for, and the master or the node cannot be reached.
    """
    if options.values:
        from slap_cli.wiring.completion_values import values

        for value in values(options.values, terminal):
            terminal.say(value)
        return 0
    script = (_SCRIPTS / f"slapos.{options.shell}").read_text(encoding="utf-8")
    terminal.write(script if options.name == "slapos" else _renamed(script, options.name))
    return 0


def _renamed(script: str, name: str) -> str:
    """Return the script for another name of the program; functions keep their names."""
    for line in ("complete -o bashdefault -F _shtab_slapos {}", "#compdef {}", "complete -c {} "):
        script = script.replace(line.format("slapos"), line.format(name))
    return script
