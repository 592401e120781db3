"""Completion, tried in the shells themselves."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from slap_cli.completion import key_press

needs = {
    shell: pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")
    for shell in ("bash", "zsh", "fish")
}


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """Put a `slapos` on the path that knows some values, and return the environment that finds it."""
    directory = tmp_path / "bin"
    directory.mkdir()
    script = directory / "slapos"
    script.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "from slap_cli.main import main\n"
        "known = {'services': ['My Service', 'other'], 'computers': ['COMP-1', 'COMP-22'],\n"
        "         'releases': ['hello', 'kvm'],\n"
        "         'processes': ['slappart0:web', 'slappart0:db', 'slappart1:web']}\n"
        "if sys.argv[1:3] == ['complete', '--values'] and sys.argv[3] in known:\n"
        "    print('\\n'.join(known[sys.argv[3]]))\n"
        "else:\n"
        "    sys.exit(main())\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    return {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(tmp_path)}


def run(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )
    assert ran.stderr == ""
    return ran.stdout


def in_bash(line: str, environment: dict[str, str]) -> list[str]:
    """Return what bash offers at the end of a line, split into words as bash does."""
    program = r"""
source <(slapos complete --shell bash)
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=()
# bash splits words at spaces and at the characters of COMP_WORDBREAKS, which are words themselves.
rest=$1
while [[ $rest =~ ^(\ *)([^\ :=]+|[:=]+)(.*)$ ]]; do
  COMP_WORDS+=("${BASH_REMATCH[2]}"); rest=${BASH_REMATCH[3]}
done
[[ $1 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_shtab_slapos slapos "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""
    return run(["bash", "--norc", "-c", program, "bash", line], environment).splitlines()


@needs["bash"]
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("slapos reque", ["request"]),
        ("slapos service ", ["info", "list"]),
        ("slapos node sta", ["start", "status"]),
        ("slapos request --para", ["--parameters", "--parameters-file"]),
        ("slapos request --state ", ["started", "stopped", "destroyed"]),
        ("slapos service info o", ["other"]),
        ("slapos service info M", [r"My\ Service"]),
        ("slapos supply url COMP-2", ["COMP-22"]),
        ("slapos node start slappart0:w", ["web"]),
        ("slapos node start slappart1", ["slappart1:web"]),
        ("slapos request web h", ["hello"]),
        ("slapos supply k", ["kvm"]),
        ("slapos help reque", ["request"]),
        ("slapos help ser", ["service"]),
        ("slapos help service ", ["info", "list"]),
        ("slapos help -v node sta", ["start", "status"]),
    ],
)
def test_bash_completes(program, line, offered):
    assert sorted(in_bash(line, program)) == sorted(offered)


@needs["fish"]
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("slapos reque", {"request"}),
        ("slapos service ", {"info", "list"}),
        ("slapos request --para", {"--parameters", "--parameters-file"}),
        ("slapos service info M", {"My Service"}),
        ("slapos node start slappart0:w", {"slappart0:web"}),
        ("slapos request web hel", {"hello"}),
        ("slapos supply kv", {"kvm"}),
        ("slapos help reque", {"request"}),
        ("slapos help ser", {"service"}),
        ("slapos help service ", {"info", "list"}),
        ("slapos help -v node sta", {"start", "status"}),
    ],
)
def test_fish_completes(program, line, offered):
    script = f"slapos complete --shell fish | source; complete -C '{line}'"
    answers = run(["fish", "--no-config", "-c", script], program).splitlines()
    assert {answer.split("\t")[0] for answer in answers} == offered


@needs["zsh"]
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("slapos reque", "slapos request"),
        ("slapos service inf", "slapos service info"),
        ("slapos service info oth", "slapos service info other"),
        ("slapos supply url COMP-2", "slapos supply url COMP-22"),
        ("slapos request web hel", "slapos request web hello"),
        ("slapos remove kv", "slapos remove kvm"),
        ("slapos help reque", "slapos help request"),
        ("slapos node stop slappart1:web slappart0:d", "slapos node stop slappart1:web slappart0:db"),
        ("slapos help service in", "slapos help service info"),
        ("slapos help -v node stat", "slapos help -v node status"),
    ],
)
def test_zsh_completes(program, line, completed):
    # Only an interactive zsh completes: it runs in a terminal of its own, made by zsh's own module.
    script = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
expect() { local seen=; while zpty -r shell chunk; do seen+=$chunk; [[ $seen == *$1* ]] && break; done; }
zpty -w shell 'PS1=; autoload -Uz compinit && compinit -u -D; eval "$(slapos complete --shell zsh)"'
zpty -w shell 'accept() { print -r -- "[$BUFFER]"; exit }; zle -N accept; bindkey "^X" accept; print rea""dy'
expect ready
zpty -w -n shell "$1"$'\t\C-X'
while zpty -r shell chunk; do print -rn -- $chunk; done
"""
    shown = run(["zsh", "-f", "-c", script, "zsh", line], {**program, "TERM": "dumb"})
    assert f"[{completed} ]" in shown or f"[{completed}]" in shown


@needs["bash"]
def test_bash_accepts_the_script(program, tmp_path):
    path = tmp_path / "slapos.bash"
    path.write_text(run(["slapos", "complete"], program))
    assert run(["bash", "-n", str(path)], program) == ""


def test_a_silent_master_does_not_hold_up_who_pressed_tab(slapos, tmp_path, monkeypatch):
    monkeypatch.setattr(key_press, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = tmp_path / "client.cfg"
        path.write_text(f"[slapos]\nmaster_url = http://127.0.0.1:{silent.getsockname()[1]}\n")
        monkeypatch.setenv("SLAPOS_CLIENT_CONFIGURATION", str(path))
        ran = slapos("complete", "--values", "services")
    assert (ran.status, ran.out) == (1, "")
    assert "did not answer within 0.2 s" in ran.err
