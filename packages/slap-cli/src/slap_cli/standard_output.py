"""The standard output of the program, which may be full, or have no reader any more."""

import os
import sys


def open_closed_streams() -> None:
    """Let what is closed lead nowhere: else the next file that is opened would take its place."""
    for name, mode, number in (("stdin", "r", 0), ("stdout", "w", 1), ("stderr", "w", 2)):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            # Else a program that is started would find it closed again.
            os.set_inheritable(number, True)  # noqa: FBT003 - the parameter has no name
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def written(text: str = "", *, status: int = 0) -> int:
    """Write a text and what is left of the output; return the exit status.

    Args:
        text: whole lines.
        status: that the program would end with; a failure to write makes a failure of success.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # its reader has read enough, which is no failure
    except OSError as error:
        forget_output()
        if status == 0:  # otherwise what failed has been told
            sys.stderr.write(f"error: the output cannot be written: {error.strerror}\n")
        return status or 1
    return status


def forget_output() -> None:
    """Let Python not complain once more when it closes the output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
