"""The list of all commands, which `slapos` prints when no command is named."""

from slap_cli.catalogue import GROUPS
from slap_cli.version import VERSION

USAGE = """\
usage: slapos [--version] [-v | -q] [--debug] [--log-file LOG_FILE]
              [--log-color] [--log-time] [-h]
              command ...
"""

COMMON_OPTIONS = """\
common options:
  --version            show the version of the program and exit
  -v, --verbose        say more; can be repeated
  -q, --quiet          say nothing but warnings and errors
  --debug              show tracebacks on errors
  --log-file LOG_FILE, --logfile LOG_FILE, --log_file LOG_FILE
                       also write the log to a file, always as with -v
  --log-color          coloured log on the console (plain if redirected)
  --log-time           log with date and time on the console
  -h, --help           show this help and exit
"""

_CLOSING = """\
`slapos help COMMAND` explains a command.
"""


def overview() -> str:
    """Return what bare `slapos` prints."""
    return "\n".join([USAGE, f"SlapOS {VERSION}\n", COMMON_OPTIONS, commands_by_group(), _CLOSING])


def commands_by_group() -> str:
    """Return the commands and their summaries, in their groups."""
    return "\n".join(f"{title}:\n{listing(commands)}" for title, commands in GROUPS)


def listing(commands: dict[str, str]) -> str:
    """Return some commands and their summaries, one a line."""
    return "".join(f"  {name:<22} {summary}\n" for name, summary in commands.items())
