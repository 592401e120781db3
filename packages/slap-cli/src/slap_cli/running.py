"""Runs a command whose words are understood: sets up its log, turns failures into messages and statuses."""

import logging
import sys
from argparse import Namespace
from pathlib import PurePosixPath

from slap_cli.command_parser import command_module
from slap_cli.exit_status import UsageError, status_of
from slap_cli.logs import log_settings, logging_to
from slap_cli.terminal import Terminal, process_terminal
from slap_domain.errors import DeploymentFailed, HostFailure, SlapError
from slap_domain.model.visible_text import visible

_LOG = logging.getLogger(__name__)


def run(command: str, options: Namespace, terminal: Terminal | None) -> int:
    """Run a command and return its exit status.

    Args:
        command: a command of the catalogue.
        options: what its parser made of the command line.
        terminal: its surroundings; None for those of the process.
    """
    around = terminal or process_terminal()
    if not options.debug:
        sys.excepthook = _say_unexpected
    try:
        with logging_to(log_settings(options), around):
            return _run(command, options, around)
    except SlapError as error:
        # Only the log file itself can fail here: there is no log to tell it to.
        return _refuse(error, around)


def _run(command: str, options: Namespace, terminal: Terminal) -> int:
    try:
        return command_module(command).run(options, terminal)
    except UsageError as error:
        return _refuse(error, terminal)
    except SlapError as error:
        _LOG.error("%s", _message(error), exc_info=options.debug)
        return status_of(error)
    except PermissionError as error:
        # Whatever was only looked for, as in the home of another user: no defect, and told once for all.
        if not isinstance(error.filename, str):
            raise
        failure = _forbidden(error.filename, error)
        _LOG.error("%s", _message(failure), exc_info=options.debug)
        return status_of(failure)


def _forbidden(path: str, error: PermissionError) -> HostFailure:
    from slap_node.partitions.places import permission_hint

    return HostFailure(f"{path}: permission denied", hint=permission_hint(PurePosixPath(path), error))


def _refuse(error: SlapError, terminal: Terminal) -> int:
    terminal.error.write(visible(_message(error, "error: ")) + "\n")
    return status_of(error)


def _message(error: SlapError, prefix: str = "") -> str:
    lines = [prefix + str(error)]
    if isinstance(error, DeploymentFailed) and error.log:
        lines.extend("  " + line for line in error.log.rstrip().splitlines())
    if error.hint:
        lines.append(f"hint: {error.hint}")
    lines.extend(getattr(error, "__notes__", ()))  # what failed besides
    return "\n".join(lines)


def _say_unexpected(kind: type[BaseException], error: BaseException, _trace: object) -> None:
    sys.stderr.write(
        f"error: unexpected {kind.__name__}: {visible(str(error))}\n"
        "hint: this is a defect of slapos; run the command again with --debug to see where\n"
    )
