"""Writes the manual pages of all commands, which the wheel installs; `just man` calls this."""

import argparse
import os
import re
from pathlib import Path

from argparse_manpage.manpage import Manpage

from slap_cli.catalogue import COMMANDS, GROUPS
from slap_cli.command_parser import CommandParser, add_common_options, parser_of
from slap_cli.version import VERSION

DIRECTORY = Path(__file__).parents[1] / "man"
_TITLE = re.compile(r"^([A-Za-z][A-Za-z ,]+):$", re.MULTILINE)


def pages() -> dict[Path, str]:
    """Return every page, by its path."""
    texts = {"slapos": _page_of_program()} | {_name(command): _page_of(command) for command in COMMANDS}
    return {DIRECTORY / f"{name}.1": text for name, text in texts.items()}


def _name(command: str) -> str:
    return "slapos-" + command.replace(" ", "-")


def _page_of(command: str) -> str:
    parser = parser_of(command)
    epilog, parser.epilog = parser.epilog or "", None
    page = _manpage(parser, _name(command), COMMANDS[command])
    for title, text in _sections(epilog):
        page.add_section(title, ">", _verbatim(text))
    page.add_section("see also", ">", r"\fBslapos\fR(1)")
    return str(page)


def _page_of_program() -> str:
    parser = CommandParser(prog="slapos", usage="slapos [options] command ...", description=_DESCRIPTION)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--version", action="store_true", help="show the version of the program and exit")
    add_common_options(parser)
    page = _manpage(parser, "slapos", "ask for services, and run nodes and masters")
    for title, commands in GROUPS:
        listing = (
            f".TP\n\\fBslapos {_escaped(name)}\\fR\n{_escaped(text)}" for name, text in commands.items()
        )
        page.add_section(title, ">", "\n".join(listing))
    page.add_section("files", ">", _FILES)
    page.add_section("environment", ">", _ENVIRONMENT)
    return str(page)


def _manpage(parser: argparse.ArgumentParser, name: str, summary: str) -> Manpage:
    os.environ["COLUMNS"] = "100"  # pages do not depend on the terminal of whoever writes them
    data = {
        "project_name": "SlapOS",
        "version": VERSION,
        "manual_title": "SlapOS",
        "date": f"SlapOS {VERSION}",
    }
    page = Manpage(parser, _data=data)
    page.prog = name
    page.description = summary
    return page


def _sections(epilog: str) -> list[tuple[str, str]]:
    """Return the titled parts of an epilog; what comes before the first title is a note."""
    parts = _TITLE.split(epilog)
    titled = zip(parts[1::2], parts[2::2], strict=True)
    note = [("notes", parts[0])] if parts[0].strip() else []
    return note + list(titled)


def _verbatim(text: str) -> str:
    lines = [_escaped(line) for line in text.strip("\n").splitlines()]
    return "\n".join([".nf", *lines, ".fi"])


def _escaped(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


_DESCRIPTION = """\
A SlapOS master keeps what people ask for: software releases on computers, and instances of them. Nodes
build and run it. This program asks for it, and runs nodes and masters. Each command has its own manual
page, named after its words: slapos-node-status(1)."""

_FILES = """\
.TP
\\fI~/.slapos/slapos\\-client.cfg\\fR
configuration of client commands; \\fI~/.slapos/slapos.cfg\\fR where that is missing
.TP
\\fI/etc/opt/slapos/slapos.cfg\\fR
configuration of node commands"""

_ENVIRONMENT = """\
.TP
\\fBSLAPOS_CLIENT_CONFIGURATION\\fR
names the configuration of client commands
.TP
\\fBSLAPOS_CONFIGURATION\\fR
names the configuration of node commands
.TP
\\fBNO_COLOR\\fR
when it is set, nothing is coloured"""

if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
