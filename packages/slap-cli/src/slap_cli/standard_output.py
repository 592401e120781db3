"""The standard output of the program, which may be full, or have no reader any more."""

import os
import sys


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
