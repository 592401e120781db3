"""Asks for a secret, without showing what is typed."""

import getpass

from slap_cli.terminal import Terminal
from slap_domain.errors import InvalidInput


def ask_secret(what: str, terminal: Terminal) -> str:
    """Return the secret that is typed; where the input is no terminal, its first line.

    Raises:
        InvalidInput: none was given.
    """
    if terminal.input.isatty():
        answer = getpass.getpass(f"{what}: ", stream=terminal.error)
    else:
        answer = terminal.input.readline()
    if not answer.strip():
        raise InvalidInput(f"no {what} was given", hint="give it with --token, or when you are asked for it")
    return answer.strip()
