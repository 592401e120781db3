"""Which arguments a shell completes with values that only a master or a node knows.

A parser's action with an attribute `complete` is read by shtab; setting it costs nothing.
"""

from argparse import Action

KINDS = ("services", "computers", "processes", "releases", "commands")


def completes(action: Action, kind: str) -> None:
    """Let shells complete an argument with what `slapos complete --values` prints for a kind."""
    action.complete = {  # type: ignore[attr-defined]
        "bash": f"_slapos_{kind}",
        "zsh": f"_slapos_{kind}",
        "fish": f"(slapos complete --values {kind} 2>/dev/null)",
    }


def completes_release(action: Action) -> None:
    """Let shells complete an argument with the aliases of releases, and with the names of files."""
    completes(action, "releases")
    action.complete["fish"] += " (__fish_complete_path (commandline -ct))"  # type: ignore[attr-defined]


def completes_command(action: Action) -> None:
    """Let shells complete the words of a command, the second one by the first."""
    completes(action, "commands")
    action.complete["fish"] = "(__slapos_commands)"  # type: ignore[attr-defined]


def completes_file(action: Action) -> None:
    """Let shells complete an argument with the names of files."""
    action.complete = {  # type: ignore[attr-defined]
        "bash": "_shtab_compgen_files",
        "zsh": "_files",
        "fish": "(__fish_complete_path (commandline -ct))",
    }
