"""Generates the completion scripts of the shells from the parsers of all commands.

The scripts are kept as files of the package, because generating one imports every command.
Run `python -m slap_cli.completion_scripts` to write them again.
"""

from pathlib import Path

import shtab

from slap_cli.completed_values import KINDS
from slap_cli.whole_program import whole_program

SHELLS = ("bash", "zsh", "fish")
DIRECTORY = Path(__file__).parent / "completion"

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
_ZSH = """\
_slapos_values() {
  local -a values
  values=("${(@f)$(slapos complete --values "$1" 2>/dev/null)}")
  compadd -a values
}
"""


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    # shtab takes a mapping of shells to preambles, which its annotation does not say.
    text: str = shtab.complete(whole_program(), shell=shell, preamble=_preamble(shell))  # type: ignore[arg-type]
    return text.rstrip("\n") + "\n"


def write_all() -> None:
    """Write the scripts of all shells into the package."""
    DIRECTORY.mkdir(exist_ok=True)
    for shell in SHELLS:
        (DIRECTORY / f"slapos.{shell}").write_text(script(shell), encoding="utf-8")


def _preamble(shell: str) -> dict[str, str]:
    if shell == "fish":
        return {}
    functions = "".join(f'_slapos_{kind}() {{ _slapos_values {kind} "$@"; }}\n' for kind in KINDS)
    return {shell: (_BASH if shell == "bash" else _ZSH) + functions}


if __name__ == "__main__":
    write_all()
