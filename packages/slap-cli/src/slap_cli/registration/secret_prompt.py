"""Asks for a secret, without showing what is typed."""

import getpass

from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput


def ask_secret(what: str, giver: str, terminal: Terminal) -> str:
    """Return the secret that is typed; where the input is no terminal, its first line.

    Args:
        what: is asked for.
        giver: the URL of the site that gives it.
        terminal: where it is asked for.

    Raises:
        InvalidInput: none was given.
    """
    if terminal.input.isatty():
        answer = getpass.getpass(f"{what} from {giver}: ", stream=terminal.error)
    else:
        answer = terminal.input.readline()
    if not answer.strip():
        raise InvalidInput(
            f"no {what} was given",
            hint=f"get one from {giver}; give it with --token, or when you are asked for it",
        )
    return answer.strip()
