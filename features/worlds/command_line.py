"""The world of someone at a shell: the real `slapos`, in processes of their own, below one directory."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

SLAPOS = Path(sys.executable).with_name("slapos")
EXAMPLES = Path(__file__).parents[2] / "examples"
PROFILE_THAT_FAILS = "[buildout]\nparts = one\n[one]\nrecipe = ${missing:recipe}\n"
_LOCAL_RELEASE = Path(__file__).parent / "local_release"
_PATIENCE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def url(self) -> str:
        """Return the URL that it printed last."""
        return self.out.split("url: ")[1].split()[0]


@dataclass
class CommandLine:
    """A shell in an empty directory, and everything that was started from it."""

    # Short, because the sockets of supervisors have short names only.
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="slap")))
    environment: dict[str, str] = field(default_factory=dict)
    last: Ran | None = None
    running: list["subprocess.Popen[str]"] = field(default_factory=list)

    def run(self, *words: str | Path, typed: str = "") -> Ran:
        """Run `slapos` to its end and remember how it ended.

        Args:
            words: of the command line.
            typed: what it can read.
        """
        finished = subprocess.run(
            [SLAPOS, *words],
            cwd=self.directory,
            env=self.surroundings(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        self.last = Ran(status=finished.returncode, out=finished.stdout, err=finished.stderr)
        return self.last

    def start(self, *words: str | Path, program: Path = SLAPOS) -> "subprocess.Popen[str]":
        """Start `slapos` and leave it running; its output goes to a file named after the command.

        Args:
            words: of the command line.
            program: in place of ours.
        """
        with (self.directory / f"{words[0]}.log").open("a") as log:
            process = subprocess.Popen(
                [program, *words],
                cwd=self.directory,
                env=self.surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def serve(self, configuration: Path) -> None:
        """Start the master of a configuration, and wait until it answers."""
        log = self.directory / "proxy.log"
        log.unlink(missing_ok=True)  # what a former master said of itself is not true of this one
        master = self.start("proxy", "start", "--cfg", configuration)
        eventually(lambda: "The master answers at" in self.log_of("proxy") or master.poll() is not None)
        assert master.poll() is None, self.log_of("proxy")

    def log_of(self, command: str) -> str:
        """Return what a started command has printed so far."""
        return (self.directory / f"{command}.log").read_text()

    def local_release(self, name: str = "local") -> Path:
        """Return the profile of a release that is built for real, without the package index."""
        folder = self.directory / name
        if not folder.exists():
            shutil.copytree(_LOCAL_RELEASE, folder, ignore=shutil.ignore_patterns("__pycache__"))
            profile = folder / "software.cfg"
            profile.write_text(profile.read_text().replace("RECIPE_DIRECTORY", str(folder / "recipe")))
            self.environment["PIP_NO_INDEX"] = "1"
        return folder / "software.cfg"

    def processes(self) -> list[psutil.Process]:
        """Return every process that works below the directory, or names what is there."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def close(self) -> None:
        """End what runs, by pid, and delete the directory."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        # Again until none is left: a caretaker that is killed last has started others meanwhile.
        while others := [process for process in self.processes() if process.pid != os.getpid()]:
            for process in others:
                _kill(process)
        for process in self.running:
            process.wait(timeout=30)
        shutil.rmtree(self.directory, ignore_errors=False)

    def surroundings(self) -> dict[str, str]:
        """Return the environment of what is started."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SLAPOS_", "PYTEST"))}
        return {**kept, "HOME": str(self.directory), **self.environment}

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            place = str(self.directory)
            return process.status() != psutil.STATUS_ZOMBIE and (
                any(place in word for word in process.cmdline()) or process.cwd().startswith(place)
            )
        except psutil.Error:
            return False


def eventually(condition, patience: float = 120.0):
    """Wait until a condition holds, and return what it returned."""
    deadline = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < deadline, f"still not so after {patience} seconds: {condition}"
        time.sleep(0.1)
    return result


def page(url: str) -> str:
    """Return what a URL answers; nothing when nobody does."""
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.read().decode()
    except (URLError, ConnectionError):
        return ""


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(10)
    except psutil.NoSuchProcess:
        return
