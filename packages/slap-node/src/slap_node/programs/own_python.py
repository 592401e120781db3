"""The node's own Python, which releases use, and who may not run it, as one below root's home."""

import os
import stat
import sys
from pathlib import Path

from slap_domain.model.partition import Account


def base_executable() -> str:
    """Return the interpreter that this environment, and those of releases, are made from."""
    return str(getattr(sys, "_base_executable", sys.executable))


def barred_hint(account: Account | None) -> str:
    """Return what to do about the node's own Python where a user may not run it; empty where he may.

    Args:
        account: whom the node becomes to run a program; None: it stays who it is.
    """
    interpreter = Path(base_executable())
    barrier = None if account is None else _barrier(interpreter, account)
    if account is None or barrier is None:
        return ""
    return (
        f"releases use the node's own Python, {interpreter}, which user {account.name} may not run because "
        f"of the permissions of {barrier}: install the node with a Python that all users may run, such as "
        "/usr/bin/python3"
    )


def _barrier(interpreter: Path, account: Account) -> Path | None:
    """Return the directory, or the file, that keeps a user from an interpreter, as far as modes tell."""
    for way in (interpreter, interpreter.resolve()):
        for step in (*reversed(way.parents), way):
            try:
                status = step.stat()
            except OSError:
                return step
            if not _lets_pass(status.st_mode, status.st_uid, status.st_gid, account):
                return step
    return None


def _lets_pass(mode: int, owner: int, group: int, account: Account) -> bool:
    if account.uid == 0:
        return True
    if account.uid == owner:
        return bool(mode & stat.S_IXUSR)
    if group in os.getgrouplist(account.name, account.gid):
        return bool(mode & stat.S_IXGRP)
    return bool(mode & stat.S_IXOTH)
