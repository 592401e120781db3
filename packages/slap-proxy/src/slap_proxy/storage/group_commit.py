"""One thread at a time that writes, and many requests that share a commit.

Work that is handed in is executed at once, one piece after another, in the open transaction; when nothing
waits any more, the transaction is committed, and only then are the answers given. A piece that fails takes
back its own changes alone. So an answer always means that the change is durable, and the cost of making it
durable is shared by all who asked meanwhile.

Who knows that nobody else asks may write on a thread of their own: two changes of threads take longer than
most of the work.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, Protocol, TypeVar

from slap_domain.errors import TemporarilyUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_BATCH_LIMIT = 256
Job = tuple["Future[Any]", Callable[[], Any]]


class Transactions(Protocol):
    """What whoever writes says to the connection."""

    @property
    def is_open(self) -> bool:
        """Tell whether there is a transaction: work that fails may end it."""
        ...

    def begin(self) -> None:
        """Open a transaction, unless it is open."""
        ...

    def begin_at_once(self) -> bool:
        """Open a transaction if that takes no waiting, and tell whether it is open."""
        ...

    def commit(self) -> None:
        """Make it durable."""
        ...

    def abandon(self) -> None:
        """Forget it, whatever state it is in."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class GroupCommit(Executor):
    """Executes work on the writing thread; a future is done when the work's changes are durable."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._is_closed = False
        # Whoever holds the pen has the connection to themselves.
        self._pen = threading.Lock()
        self._writer = 0
        self._thread = threading.Thread(target=self._run, name="master-writer", daemon=True)
        self._thread.start()

    @property
    def is_here(self) -> bool:
        """Tell whether the caller is work that this executes."""
        return self._writer == threading.get_ident()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Hand in work; what it changes through the registry shares a commit with others.

        Raises:
            TemporarilyUnavailable: the master is stopping.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._is_closed:
                raise TemporarilyUnavailable("the master is stopping")
            self._waiting.put((future, lambda: fn(*args, **kwargs)))
        return future

    def run_here(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T] | None":
        """Do work at once on the caller's thread, with a commit of its own.

        Returns:
            Its future, which is done; None when somebody is writing, another process too, or the master is
                stopping: hand it in.
        """
        if not self._pen.acquire(blocking=False):
            return None
        try:
            if self._is_closed or not self._transactions.begin_at_once():
                return None
            future: Future[T] = Future()
            self._write((future, lambda: fn(*args, **kwargs)), _nothing_more)
            return future
        finally:
            self._pen.release()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - of Executor
        """Do what was handed in, then end the thread and close its connection."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.put(None)
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            while (job := self._waiting.get()) is not None:
                with self._pen:
                    go_on = self._write(job, self._next)
                if not go_on:
                    break
        finally:
            with self._pen:
                self._transactions.close()

    def _write(self, job: Job, following: Callable[[], tuple[Job | None, bool]]) -> bool:
        self._writer = threading.get_ident()
        try:
            return self._run_batch(job, following)
        finally:
            self._writer = 0

    def _run_batch(self, first: Job, more: Callable[[], tuple[Job | None, bool]]) -> bool:
        """Run a first job and all that wait; return whether to go on."""
        done: list[tuple[Future[Any], Any, BaseException | None]] = []
        following: Job | None = first
        go_on = True
        try:
            self._transactions.begin()
            while following is not None:
                done.append(_outcome(following))
                following = None
                self._require_transaction()
                if len(done) < _BATCH_LIMIT:
                    following, go_on = more()
            self._transactions.commit()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            self._transactions.abandon()
            if following is not None:
                done.append((following[0], None, error))
            done = [(future, None, failure or error) for future, _, failure in done]
        for future, result, failure in done:
            _answer(future, result, failure)
        return go_on

    def _require_transaction(self) -> None:
        """Say that what was done is lost; without a transaction the next work would be kept at once.

        Raises:
            TemporarilyUnavailable: the last piece of work has ended the transaction.
        """
        if not self._transactions.is_open:
            raise TemporarilyUnavailable("the database ended the transaction", hint="try again")

    def _next(self) -> tuple[Job | None, bool]:
        try:
            job = self._waiting.get_nowait()
        except Empty:
            return None, True
        return job, job is not None


def _nothing_more() -> tuple[Job | None, bool]:
    return None, True


def _outcome(job: Job) -> tuple["Future[Any]", Any, BaseException | None]:
    future, work = job
    try:
        return future, work(), None
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the future
        return future, None, error


def _answer(future: "Future[Any]", result: object, failure: BaseException | None) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)
