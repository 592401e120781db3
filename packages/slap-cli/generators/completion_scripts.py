"""Writes the completion scripts of the shells, files of the package, from the parsers of all commands.

They are generated before they are needed because that imports every command; `just generate` calls this.
"""

from pathlib import Path

import shtab

from slap_cli.completion.completed_values import KINDS
from slap_cli.whole_program import whole_program

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
_ZSH = """\
_slapos_values() {
  local -a values
  values=("${(@f)$(slapos complete --values "$1" 2>/dev/null)}")
  compadd -a values
}
"""


def scripts() -> dict[Path, str]:
    """Return the completion script of each shell, by its path."""
    return {DIRECTORY / f"slapos.{shell}": _script(shell) for shell in SHELLS}


def _script(shell: str) -> str:
    # shtab takes a mapping of shells to preambles, which its annotation does not say.
    text: str = shtab.complete(whole_program(), shell=shell, preamble=_preamble(shell))  # type: ignore[arg-type]
    return text.rstrip("\n") + "\n"


def _preamble(shell: str) -> dict[str, str]:
    if shell == "fish":
        return {}
    functions = "".join(f'_slapos_{kind}() {{ _slapos_values {kind} "$@"; }}\n' for kind in KINDS)
    return {shell: (_BASH if shell == "bash" else _ZSH) + functions}


if __name__ == "__main__":
    for path, text in scripts().items():
        path.write_text(text, encoding="utf-8")
