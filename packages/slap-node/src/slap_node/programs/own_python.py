"""The node's own Python, which releases use, and who may not run it, as one below root's home."""

import os
import sys
from pathlib import Path

from slap_domain.model.partition import Account
from slap_node.barriers import barrier_before


def base_executable() -> str:
    """Return the interpreter that this environment, and those of releases, are made from."""
    return str(getattr(sys, "_base_executable", sys.executable))


def barred_hint(account: Account | None) -> str:
    """Return what to do about the node's own Python where a user may not run it; empty where he may.

    Args:
        account: whom the node becomes to run a program; None: it stays who it is.
    """
    interpreter = Path(base_executable())
    barrier = None if account is None else barrier_before(interpreter, account, os.X_OK)
    if account is None or barrier is None:
        return ""
    return (
        f"releases use the node's own Python, {interpreter}, which user {account.name} may not run because "
        f"of the permissions of {barrier}: install the node with a Python that all users may run, such as "
        "/usr/bin/python3"
    )
