"""The supervisor's event listener that tells the master when a watched service ends.

Runs as `slapos-watchdog`, or `python -m slap_node.supervisor.watchdog`, as long as supervisord does. The
master is told once per successful deployment of a partition (node-conventions section 6); while it is away
the news waits. What is needed only to tell is imported only then.
"""

import argparse
import contextlib
import os
import queue
import secrets
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from slap_domain.errors import SlapError, TemporarilyUnavailable
from slap_domain.model.references import PartitionId, partition_id
from slap_domain.model.visible_text import visible
from slap_domain.planning.node.watchdog import NEVER_DEPLOYED, bang_is_due, bang_message, is_watched

DEPLOYED = ".timestamp"
BANGED = ".slapos_latest_bang_timestamp"
_ENDED_STATES = frozenset({"EXITED", "FATAL"})
_EVENTS = frozenset(f"PROCESS_STATE_{state}" for state in _ENDED_STATES)
_TEXT_LIMIT = 1000
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 300.0

Bang = Callable[[PartitionId, str], None]
Wait = Callable[[float], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedProcess:
    """A process that supervisord says has ended."""

    name: str
    group: str


class PartitionMarks:
    """What is remembered in the partitions' directories of deployments and bangs."""

    def __init__(self, instance_root: Path) -> None:
        self._root = instance_root

    def bang_is_due(self, partition: PartitionId) -> bool:
        """Tell whether an exit in a partition is news to the master."""
        folder = self._root / partition
        if not folder.is_dir():
            return False
        return bang_is_due(_text(folder / DEPLOYED), _text(folder / BANGED))

    def remember_bang(self, partition: PartitionId) -> None:
        """Remember that the master was told about the present deployment.

        Raises:
            OSError: it cannot be written.
        """
        folder = self._root / partition
        draft = folder / f"{BANGED}.{secrets.token_hex(4)}"
        # The directory is the partition's own: what is there already is replaced, never written through.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, 0o644), "w", encoding="utf-8") as opened:
            opened.write(_text(folder / DEPLOYED) or NEVER_DEPLOYED)
        draft.replace(folder / BANGED)


class Messenger(threading.Thread):
    """Tells the master, one partition after the other, and tries again while the master is away.

    Args:
        bang: tells the master; raises `SlapError`.
        complain: takes lines for the log.
        wait: how to wait some seconds.
    """

    def __init__(
        self, marks: PartitionMarks, bang: Bang, complain: Callable[[str], None], wait: Wait
    ) -> None:
        super().__init__(name="messenger", daemon=True)
        self._marks = marks
        self._bang = bang
        self._complain = complain
        self._wait = wait
        self._news: queue.SimpleQueue[EndedProcess] = queue.SimpleQueue()

    def take(self, ended: EndedProcess) -> None:
        """Accept news; those that do not concern the master are dropped."""
        if is_watched(ended.name):
            self._news.put(ended)

    def run(self) -> None:
        """Tell the news as they come, for ever."""
        while True:
            self.tell(self._news.get())

    def tell(self, ended: EndedProcess) -> None:
        """Tell the master about one process, if that is due."""
        pause = _FIRST_PAUSE
        while not self._told(ended):
            self._wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _told(self, ended: EndedProcess) -> bool:
        """Return whether the matter is closed."""
        try:
            partition = partition_id(ended.group)
            # Asked each time: while the master was away the partition may have been deployed again.
            if self._marks.bang_is_due(partition):
                self._bang(partition, bang_message(ended.name, partition))
                self._marks.remember_bang(partition)
        except TemporarilyUnavailable as error:
            self._complain(f"{ended.group}: the master is away: {error}")
            return False
        except (SlapError, OSError) as error:
            self._complain(f"{ended.group}: the exit of {ended.name} could not be told: {error}")
        return True


def listen(events: IO[bytes], answers: IO[bytes], take: Callable[[EndedProcess], None]) -> None:
    """Speak supervisor's event protocol until the daemon closes the stream."""
    while True:
        answers.write(b"READY\n")
        answers.flush()
        header = _tokens(events.readline().decode(errors="replace"))
        if not header:
            return
        payload = events.read(int(header.get("len", "0"))).decode(errors="replace")
        if header.get("eventname") in _EVENTS:
            fields = _tokens(payload)
            take(EndedProcess(name=fields.get("processname", ""), group=fields.get("groupname", "")))
        answers.write(b"RESULT 2\nOK")
        answers.flush()


def ended_before(environment_url: str) -> list[EndedProcess]:
    """Return what had ended already when the watchdog started, as while it was being restarted itself.

    Raises:
        HostFailure: supervisord does not answer.
    """
    from slap_node.supervisor.rpc import SupervisorRpc  # noqa: PLC0415 - costly, and needed once

    infos = SupervisorRpc(Path(environment_url.removeprefix("unix://"))).call("getAllProcessInfo")
    return [
        EndedProcess(name=info["name"], group=info["group"])
        for info in infos
        if info["statename"] in _ENDED_STATES
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the watchdog; the exit status is 0 when supervisord has closed the stream."""
    options = _parser().parse_args(arguments)
    threading.excepthook = end_with_thread
    messenger = Messenger(
        PartitionMarks(options.instance_root_path),
        _bang_over_http(options),
        _complain,
        threading.Event().wait,
    )
    url = os.environ.get("SUPERVISOR_SERVER_URL", "")
    if url:
        threading.Thread(target=_catch_up, args=(url, messenger), daemon=True).start()
    messenger.start()
    listen(sys.stdin.buffer, sys.stdout.buffer, messenger.take)
    return 0


def end_with_thread(died: threading.ExceptHookArgs) -> None:
    """End the process when a thread dies of a defect: supervisord then starts it anew, and it catches up."""
    error = f"{died.exc_type.__name__}: {died.exc_value}"
    _complain(f"{died.thread.name if died.thread else 'a thread'} died of {error}")
    os._exit(1)


def _catch_up(url: str, messenger: Messenger) -> None:
    try:
        for ended in ended_before(url):
            messenger.take(ended)
    except SlapError as error:
        _complain(f"what ended before is not known: {error}")


def _bang_over_http(options: argparse.Namespace) -> Bang:
    def bang(partition: PartitionId, message: str) -> None:
        from slap_domain.model.references import computer_guid  # noqa: PLC0415 - costly, and only to tell
        from slap_http_adapter.client.connection import Connection  # noqa: PLC0415 - costly, and only to tell
        from slap_http_adapter.client.hosts import HttpMasterForHosts  # noqa: PLC0415 - costly, and only to tell
        from slap_http_adapter.client.master_address import MasterAddress  # noqa: PLC0415 - costly, and only to tell

        repository = options.certificate_repository_path
        address = MasterAddress(
            url=options.master_url,
            certificate_file=str(repository / f"{partition}.crt") if repository else "",
            key_file=str(repository / f"{partition}.key") if repository else "",
            ca_file=options.master_ca_file,
        )
        with Connection(address) as connection:
            master = HttpMasterForHosts(connection)
            master.bang_instance(computer_guid(options.computer_id), partition, message)

    return bang


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slapos-watchdog", description=__doc__)
    parser.add_argument("--master-url", required=True, help="URL of the master")
    parser.add_argument("--computer-id", required=True, help="the computer, as the master knows it")
    parser.add_argument("--certificate-repository-path", type=Path, help="folder of partition certificates")
    parser.add_argument("--instance-root-path", type=Path, required=True, help="folder of the partitions")
    parser.add_argument("--master-ca-file", default="", help="certificates that verify the master")
    return parser


def _tokens(line: str) -> dict[str, str]:
    return dict(token.split(":", 1) for token in line.split() if ":" in token)


def _text(path: Path) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return opened.read(_TEXT_LIMIT).decode(errors="replace").strip()


def _complain(line: str) -> None:
    with contextlib.suppress(OSError):  # supervisord may be gone already
        sys.stderr.write(f"slapos-watchdog: {visible(line)}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
