"""Writes the completion scripts of the shells, files of the package, from the parsers of all commands.

They are generated before they are needed because that imports every command; `just man` calls this.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import shtab

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.command_parser import CommandParser, add_common_options, fill
from slap_cli.options import KINDS

if TYPE_CHECKING:
    import argparse

SHELLS = ("bash", "zsh", "fish")
DIRECTORY = Path(__file__).parents[1] / "src" / "slap_cli" / "completion"

# Names may hold spaces, and bash splits words at colons (slappart0:apache): these are glued together again.
_BASH = """\
_slapos_values() {
  local typed="${COMP_WORDS[COMP_CWORD]}" begun="${COMP_LINE:0:COMP_POINT}" line head="" i=$COMP_CWORD
  while (( i > 1 )) && [[ $begun == *"${COMP_WORDS[i-1]}$typed" ]]; do
    typed="${COMP_WORDS[i-1]}$typed"
    (( i-- ))
  done
  [[ $COMP_WORDBREAKS == *:* ]] && head="${typed%"${typed##*:}"}"
  slapos complete --values "$1" 2>/dev/null | while IFS= read -r line; do
    printf -v line '%q' "$line"
    [[ $line == "$typed"* ]] && printf '%s\\n' "${line#"$head"}"
  done
}
"""
# The words of a command stand between `help` and what is typed.
_BASH_COMMANDS = """\
_slapos_commands() {
  local typed="${COMP_WORDS[COMP_CWORD]}" said="" line word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in help) said="" ;; -*) ;; *) said="$said$word " ;; esac
  done
  slapos complete --values commands 2>/dev/null | while IFS= read -r line; do
    [[ $line == "$said"* ]] || continue
    line="${line#"$said"}"
    line="${line%% *}"
    [[ $line == "$typed"* ]] && printf '%s\\n' "$line"
  done | sort -u
}
"""
_ZSH_COMMANDS = """\
_slapos_commands() {
  local -a next
  local said="" word
  for word in "${(@)words[1,CURRENT-1]}"; do
    case $word in help) said="" ;; -*) ;; *) said="${said:+$said }$word" ;; esac
  done
  next=("${(@f)$(slapos complete --values commands 2>/dev/null)}")
  [[ -n $said ]] && next=("${(@)${(@M)next:#$said *}#$said }")
  next=("${(@u)next%% *}")
  compadd -a next
}
"""
_FISH = """\
function __slapos_commands
  set -l said (commandline -opc)
  set said (string match -v -- '-*' $said[(math (contains -i help $said) + 1)..-1])
  set -l place (math (count $said) + 1)
  for command in (slapos complete --values commands 2>/dev/null)
    set -l words (string split ' ' $command)
    if test (count $words) -ge $place; and string match -q -- "$said *" "$command" || test $place -eq 1
      echo $words[$place]
    end
  end | sort -u
end
"""
_ZSH = """\
_slapos_values() {
  local -a values
  values=("${(@f)$(slapos complete --values "$1" 2>/dev/null)}")
  compadd -a values
  [[ $1 != releases ]] || _files
}
"""


def scripts() -> dict[Path, str]:
    """Return the completion script of each shell, by its path."""
    return {DIRECTORY / f"slapos.{shell}": _script(shell) for shell in SHELLS}


def whole_program() -> CommandParser:
    """Return all commands as one tree of parsers: that of `slapos`, with every command below it."""
    root = CommandParser(prog="slapos", description="SlapOS: ask for services, and run nodes and masters.")
    root.add_argument("--version", action="store_true", help="show the version of the program and exit")
    add_common_options(root)
    first_words = root.add_subparsers(metavar="command", title="commands", parser_class=CommandParser)
    for word in dict.fromkeys(command.split()[0] for command in COMMANDS):
        _add_word(first_words, word)
    return root


def _add_word(parent: "argparse._SubParsersAction[CommandParser]", word: str) -> None:
    family = beginning_with(word)
    parser = parent.add_parser(word, prog=f"slapos {word}", help=COMMANDS.get(word, f"{word} commands"))
    if word in COMMANDS and not family:
        fill(parser, word)
        return
    parser.description = COMMANDS.get(word, f"The commands that begin with {word}.")
    add_common_options(parser)
    second_words = parser.add_subparsers(metavar="command", parser_class=CommandParser)
    for command in family:
        child = second_words.add_parser(command.split()[1], prog=f"slapos {command}", help=COMMANDS[command])
        fill(child, command)


def _script(shell: str) -> str:
    # shtab takes a mapping of shells to preambles, which its annotation does not say.
    text: str = shtab.complete(whole_program(), shell=shell, preamble=_preamble(shell))  # type: ignore[arg-type]
    if shell == "zsh":
        # shtab writes arguments that may be repeated as one that may be left out.
        text = text.replace('"(*)::', '"*:')
    return text.rstrip("\n") + "\n"


def _preamble(shell: str) -> dict[str, str]:
    if shell == "fish":
        return {shell: _FISH}
    known = [kind for kind in KINDS if kind != "commands"]
    functions = "".join(f'_slapos_{kind}() {{ _slapos_values {kind} "$@"; }}\n' for kind in known)
    return {shell: functions + (_BASH + _BASH_COMMANDS if shell == "bash" else _ZSH + _ZSH_COMMANDS)}


if __name__ == "__main__":
    for path, text in scripts().items():
        path.write_text(text, encoding="utf-8")
