"""Runs one command: parses its arguments, sets up its log, and turns failures into messages and statuses."""

import argparse
import logging
import sys

from slap_cli.command_line import CommandParser, command_module, log_settings, parser_of
from slap_cli.exit_status import UsageError, status_of
from slap_cli.logs import logging_to
from slap_cli.terminal import Terminal, process_terminal
from slap_domain.errors import DeploymentFailed, SlapError

_LOG = logging.getLogger(__name__)


def execute(command: str, arguments: list[str], terminal: Terminal | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        command: a command of the catalogue.
        arguments: its arguments, common options among them.
        terminal: its surroundings; None for those of the process.
    """
    around = terminal or process_terminal()
    parser = parser_of(command)
    try:
        options = _parse(parser, arguments)
    except UsageError as error:
        return _refuse(error, around)
    if options is None:
        return 0
    if not options.debug:
        sys.excepthook = _say_unexpected
    try:
        with logging_to(log_settings(options), around):
            return _run(command, options, around)
    except SlapError as error:
        # Only the log file itself can fail here: there is no log to tell it to.
        around.error.write(_message(error, "error: ") + "\n")
        return status_of(error)


def _parse(parser: CommandParser, arguments: list[str]) -> argparse.Namespace | None:
    """Return the options, None when argparse has printed the help that was asked for."""
    try:
        return parser.parse_args(arguments)
    except SystemExit:
        return None


def _run(command: str, options: argparse.Namespace, terminal: Terminal) -> int:
    try:
        return command_module(command).run(options, terminal)
    except UsageError as error:
        return _refuse(error, terminal)
    except SlapError as error:
        _LOG.error("%s", _message(error), exc_info=options.debug)
        return status_of(error)


def _refuse(error: UsageError, terminal: Terminal) -> int:
    terminal.error.write(_message(error, "error: ") + "\n")
    return status_of(error)


def _message(error: SlapError, prefix: str = "") -> str:
    lines = [prefix + str(error)]
    if isinstance(error, DeploymentFailed) and error.log:
        lines.extend("  " + line for line in error.log.rstrip().splitlines())
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines)


def _say_unexpected(kind: type[BaseException], error: BaseException, _trace: object) -> None:
    sys.stderr.write(
        f"error: unexpected {kind.__name__}: {error}\n"
        "hint: this is a defect of slapos; run the command again with --debug to see where\n"
    )
