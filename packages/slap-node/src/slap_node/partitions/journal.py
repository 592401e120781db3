"""What a deployment leaves behind in a partition: requests of children, identity, error texts, its log."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from slap_domain.errors import HostFailure, InvalidInput
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import InstanceTitle, instance_title
from slap_node import guarded_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slap_domain.ports.master_for_nodes import PartitionCertificate
    from slap_domain.ports.output_lines import OnLine

_LOG_LIMIT = 20 * 2**20
_LOG = (".slapgrid", "log", "instance.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionJournalOnDisk:
    """Keeps it where existing nodes do (node-conventions section 3).

    Attributes:
        certificate_repository: where certificates are stored; None: nowhere.
    """

    certificate_repository: PurePosixPath | None = None

    def forget_requests(self, place: PartitionPlace) -> None:
        """Forget which children were requested by an earlier deployment."""
        guarded_files.remove_tree(place.path, _transaction(place))

    def requested_children(self, place: PartitionPlace) -> tuple[InstanceTitle, ...] | None:
        """Return which children the deployment requested; None when no transaction was begun."""
        text = guarded_files.read_or_discard(place.path, _transaction(place))
        if text is None:
            return None
        titles = []
        for line in text.splitlines():
            try:
                titles.append(instance_title(line.strip()))
            except InvalidInput:  # an empty line, or one that no request can have written
                continue
        return tuple(dict.fromkeys(titles))

    def write_certificate(self, place: PartitionPlace, certificate: "PartitionCertificate") -> None:
        """Store the identity of the partition where its recipes look for it, readable by it alone."""
        repository = self.certificate_repository
        if repository is None:
            return
        for suffix, text in (("crt", certificate.certificate), ("key", certificate.key)):
            name = f"{place.id}.{suffix}"
            if guarded_files.read_text(repository, name) != text:
                guarded_files.write_text(repository, name, text=text, mode=0o400, owner=place.account)

    def write_error(self, place: PartitionPlace, text: str) -> None:
        """Keep the text of a failed deployment beside the partition's files; the empty text forgets it."""
        name = f".slapgrid-{place.id}-error.log"
        if text:
            guarded_files.write_text(place.path, name, text=text, owner=place.account)
        else:
            guarded_files.remove_tree(place.path, name)

    @contextlib.contextmanager
    def opened_log(self, place: PartitionPlace) -> "Iterator[OnLine]":
        """Open the partition's own log; yield what adds a line to it."""
        log = _Log(place)
        try:
            yield log.write_line
        finally:
            log.close()


class _Log:
    """A log that stays open from its first line on, and is renamed when it is full."""

    def __init__(self, place: PartitionPlace) -> None:
        self._place = place
        self._file: int | None = None
        self._room = 0

    def write_line(self, line: str) -> None:
        start = time.strftime("%Y-%m-%d %H:%M:%S ")
        data = "".join(f"{start}{one}\n" for one in line.split("\n")).encode()
        if self._room <= 0:
            self.close()
        try:
            file = self._opened() if self._file is None else self._file
            self._room -= len(data)
            while data:
                data = data[os.write(file, data) :]
        except OSError as error:
            path = self._place.path.joinpath(*_LOG)
            raise HostFailure(f"cannot write {path}: {error.strerror}") from error

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        self._file = guarded_files.open_for_appending(
            self._place.path, *_LOG, rotate_at=_LOG_LIMIT, owner=self._place.account
        )
        self._room = _LOG_LIMIT - os.fstat(self._file).st_size
        return self._file


def _transaction(place: PartitionPlace) -> str:
    return f".slapos-request-transaction-{place.id}"
