"""The options that commands of several families have in common: --cfg, --format, and what shells complete.

A parser's action with an attribute `complete` is read by shtab; setting it costs nothing.
"""

from argparse import Action, ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal

NODE_DEFAULT = "/etc/opt/slapos/slapos.cfg"
NODE_VARIABLE = "SLAPOS_CONFIGURATION"
CLIENT_VARIABLE = "SLAPOS_CLIENT_CONFIGURATION"
# What only a master or a node knows.
KINDS = ("services", "computers", "processes", "releases", "commands")


def add_node_configuration(parser: ArgumentParser) -> None:
    """Add the --cfg of a command about this computer."""
    parser.add_argument(
        "--cfg", help=f"SlapOS configuration file (default: ${NODE_VARIABLE} or {NODE_DEFAULT})"
    )


def add_client_configuration(parser: ArgumentParser) -> None:
    """Add the --cfg of a command of a tenant."""
    parser.add_argument(
        "--cfg",
        help=f"SlapOS configuration file (default: ${CLIENT_VARIABLE}, or ~/.slapos/slapos-client.cfg, "
        "or ~/.slapos/slapos.cfg)",
    )


def add_format(parser: ArgumentParser) -> None:
    """Add --format."""
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        help="how to print the result (default: table on a terminal, json otherwise)",
    )


def wants_json(options: Namespace, terminal: "Terminal") -> bool:
    """Tell whether the result shall be JSON, which programs that read it rely on."""
    chosen: str = options.format or ("table" if terminal.is_interactive else "json")
    return chosen == "json"


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
