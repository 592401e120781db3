"""A private PostgreSQL server, made from Debian's binaries for one test session."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    socket: Path

    def uri(self, database: str) -> str:
        return f"postgresql+psycopg://master@/{database}?host={self.socket}"

    def make_database(self, name: str) -> str:
        with psycopg.connect(
            host=str(self.socket), user="master", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        return self.uri(name)

    def deadlocks(self) -> int:
        """Count what the server has logged: its statistics come later."""
        return (self.socket / "log").read_text().count("deadlock detected")


def binaries() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[4])
    return versions[-1].parent if versions else None


@contextlib.contextmanager
def running_server(programs: Path) -> Iterator[PostgresServer]:
    # A socket's path may have 107 bytes, so pytest's own directories are too deep.
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        become = _ordinary_user(directory)
        data = directory / "data"
        run = [
            *become,
            str(programs / "initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            "master",
            "-E",
            "UTF8",
        ]
        subprocess.run([*run, "--no-sync", "--locale=C"], check=True, capture_output=True, cwd=directory)
        options = f"-c listen_addresses='' -c unix_socket_directories='{directory}' -c max_connections=150"
        control = [*become, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(directory / "log")]
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=directory)
        try:
            yield PostgresServer(socket=directory)
        finally:
            subprocess.run(
                [*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=directory
            )
    finally:
        shutil.rmtree(directory)


def _ordinary_user(directory: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = next(known[name] for name in ACCOUNTS if name in known)
    os.chown(directory, account.pw_uid, account.pw_gid)
    setpriv = shutil.which("setpriv")
    assert setpriv is not None, "setpriv (util-linux) is needed to run PostgreSQL as an ordinary user"
    return [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
