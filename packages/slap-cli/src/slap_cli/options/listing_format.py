"""The --format option of commands that list something."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


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
