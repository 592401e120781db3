"""The `slapos` program: finds the command that is meant and hands over to it.

`--version`, `--help` and an unknown command are answered here, without importing anything that costs.
"""

import gc
import sys
from collections.abc import Sequence

from slap_cli.catalogue import COMMANDS, beginning_with
from slap_cli.overview import overview
from slap_cli.standard_output import forget_output, open_closed_streams, written
from slap_cli.version import VERSION

_COLLECT_AFTER = 50_000  # objects
_TAKES_VALUE = ("--log-file", "--logfile", "--log_file")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `slapos` and return its exit status.

    Args:
        arguments: the words after `slapos`; None for those of the process.
    """
    if arguments is None:
        # Imports make many objects and hardly any garbage: looking for it as often as Python does by itself
        # would take a tenth of a short command.
        gc.set_threshold(_COLLECT_AFTER)
    open_closed_streams()
    try:
        status = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        return written(status=status)
    except KeyboardInterrupt:  # also when a run that was cancelled ends itself (`Cancelled`)
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # the prompt comes below the ^C
        return _status("INTERRUPTED")
    except BrokenPipeError:
        forget_output()  # whoever read it has gone
        return _status("BROKEN_PIPE")
    finally:
        if arguments is None:
            gc.freeze()  # a process that ends need not look for garbage once more


def _dispatch(arguments: list[str]) -> int:
    position = _command_position(arguments)
    before, after = arguments[:position], arguments[position:]
    if "--version" in before:
        return written(f"slapos {VERSION}\n")
    if not after and (not before or "-h" in before or "--help" in before):
        return written(overview())
    command = _command(after)
    if command is None or (after and ("-h" in before or "--help" in before)):
        return _explain(before, after)
    rest = after[len(command.split()) :]
    from slap_cli.reading import read_and_run

    return read_and_run(command, before + rest)


def _command_position(arguments: list[str]) -> int:
    """Return where the command begins: after the common options."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        position += 2 if arguments[position] in _TAKES_VALUE else 1
    return min(position, len(arguments))


def _command(words: list[str]) -> str | None:
    """Return the command that words begin with, None when there is none."""
    if not words:
        return None
    pair = " ".join(words[:2])
    if len(words) > 1 and pair in COMMANDS:
        return pair
    one = words[0]
    names_another = len(words) > 1 and not words[1].startswith("-") and beginning_with(one)
    return one if one in COMMANDS and not names_another else None


def _explain(before: list[str], after: list[str]) -> int:
    if after and ("-h" in before or "--help" in before) and _command(after):
        from slap_cli.reading import read_and_run

        return read_and_run("help", after)
    from slap_cli.unknown_command import report

    return report(before, after)


def _status(name: str) -> int:
    from slap_cli.exit_status import ExitStatus

    return ExitStatus[name]
