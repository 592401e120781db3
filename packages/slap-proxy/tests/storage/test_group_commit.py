"""Many pieces of work share a commit; each is answered after it, and fails alone."""

import threading
from concurrent.futures import Future

import pytest

from slap_domain.errors import TemporarilyUnavailable
from slap_proxy.storage.group_commit import GroupCommit

TIMEOUT = 30


class Journal:
    """Transactions that note what they are told."""

    def __init__(self):
        self.said = []
        self.failing = ""
        self.is_free = True
        self.is_open = True

    def _say(self, word):
        self.said.append(word)
        if word == self.failing:
            raise TemporarilyUnavailable(f"no {word}")

    def begin(self):
        self._say("begin")

    def begin_at_once(self):
        return self.is_free

    def commit(self):
        self._say("commit")

    def abandon(self):
        self._say("abandon")

    def close(self):
        self._say("close")


@pytest.fixture
def journal():
    return Journal()


@pytest.fixture
def commits(journal):
    commits = GroupCommit(journal)
    yield commits
    commits.shutdown()


def held_up(commits, journal):
    """Keep the thread busy, so that what is handed in meanwhile waits; return what lets it go on."""
    begun, go_on = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert go_on.wait(TIMEOUT)
        journal.said.append("first")

    future = commits.submit(wait)
    assert begun.wait(TIMEOUT)
    return future, go_on


def test_what_waits_shares_a_commit(commits, journal):
    first, go_on = held_up(commits, journal)
    others = [commits.submit(journal.said.append, f"work {number}") for number in range(3)]
    assert not any(future.done() for future in (first, *others))
    go_on.set()
    for future in (first, *others):
        assert future.result(TIMEOUT) is None
    assert journal.said == ["begin", "first", "work 0", "work 1", "work 2", "commit"]


def test_a_failure_is_its_own(commits, journal):
    first, go_on = held_up(commits, journal)
    wrong, right = commits.submit(int, "x"), commits.submit(int, "7")
    go_on.set()
    assert right.result(TIMEOUT) == 7
    with pytest.raises(ValueError, match="invalid literal"):
        wrong.result(TIMEOUT)
    assert journal.said == ["begin", "first", "commit"]
    assert first.exception() is None


def test_nobody_is_answered_when_the_commit_fails(commits, journal):
    journal.failing = "commit"
    first, go_on = held_up(commits, journal)
    wrong, right = commits.submit(int, "x"), commits.submit(int, "7")
    go_on.set()
    for future in (first, right):
        with pytest.raises(TemporarilyUnavailable, match="no commit"):
            future.result(TIMEOUT)
    with pytest.raises(ValueError, match="invalid literal"):
        wrong.result(TIMEOUT)
    assert journal.said[-1] == "abandon"
    journal.failing = ""
    assert commits.submit(int, "8").result(TIMEOUT) == 8


def test_work_that_cannot_begin_is_not_done(commits, journal):
    journal.failing = "begin"
    with pytest.raises(TemporarilyUnavailable, match="no begin"):
        commits.submit(journal.said.append, "work").result(TIMEOUT)
    assert "work" not in journal.said


def test_what_comes_after_a_lost_transaction_has_another(commits, journal):
    def lose():
        journal.is_open = False
        raise ValueError("it fails")

    def find():
        journal.is_open = True
        return 7

    first, go_on = held_up(commits, journal)
    lost, after = commits.submit(lose), commits.submit(find)
    go_on.set()
    assert after.result(TIMEOUT) == 7
    with pytest.raises(TemporarilyUnavailable, match="ended the transaction"):
        first.result(TIMEOUT)
    with pytest.raises(ValueError, match="it fails"):
        lost.result(TIMEOUT)
    assert journal.said == ["begin", "first", "abandon", "begin", "commit"]


def test_what_was_handed_in_is_done_before_the_end(journal):
    commits = GroupCommit(journal)
    _, go_on = held_up(commits, journal)
    last = commits.submit(int, "7")
    commits.shutdown(wait=False)
    commits.shutdown(wait=False)
    go_on.set()
    commits.shutdown()
    assert last.result(0) == 7
    assert journal.said == ["begin", "first", "commit", "close"]
    with pytest.raises(TemporarilyUnavailable, match="stopping"):
        commits.submit(int, "8")


def test_a_batch_has_an_end(commits, journal):
    _, go_on = held_up(commits, journal)
    futures = [commits.submit(int, "7") for _ in range(300)]
    go_on.set()
    assert [future.result(TIMEOUT) for future in futures] == [7] * 300
    assert journal.said == ["begin", "first", "commit", "begin", "commit"]


def test_what_was_cancelled_meanwhile_hears_nothing(commits, journal):
    _, go_on = held_up(commits, journal)
    given_up = commits.submit(int, "7")
    assert isinstance(given_up, Future)
    assert given_up.cancel()
    go_on.set()
    assert commits.submit(int, "8").result(TIMEOUT) == 8


def test_work_knows_where_it_is(commits):
    assert commits.submit(lambda: commits.is_here).result(TIMEOUT)
    assert not commits.is_here


def done_here(commits, work, *arguments):
    """Do work on this thread, once nobody writes any more."""
    while (future := commits.run_here(work, *arguments)) is None:
        pass
    return future


def test_work_may_be_done_here(commits, journal):
    assert commits.run_here(lambda: (commits.is_here, threading.get_ident())).result(0) == (
        True,
        threading.get_ident(),
    )
    assert not commits.is_here
    assert commits.submit(int, "7").result(TIMEOUT) == 7
    assert journal.said == ["begin", "commit"] * 2


def test_work_is_not_done_here_while_somebody_writes(commits, journal):
    first, go_on = held_up(commits, journal)
    assert commits.run_here(journal.said.append, "work") is None
    go_on.set()
    first.result(TIMEOUT)
    assert done_here(commits, journal.said.append, "work").exception(0) is None
    assert journal.said == ["begin", "first", "commit", "begin", "work", "commit"]


def test_work_is_not_done_here_while_another_process_writes(commits, journal):
    journal.is_free = False
    assert commits.run_here(journal.said.append, "work") is None
    assert journal.said == []


def test_who_writes_here_has_the_connection_alone(commits, journal):
    handed_in = []

    def work():
        handed_in.append(commits.submit(journal.said.append, "other"))
        journal.said.append("work")

    assert commits.run_here(work).exception(0) is None
    assert handed_in[0].result(TIMEOUT) is None
    assert journal.said == ["begin", "work", "commit", "begin", "other", "commit"]


def test_what_is_done_here_fails_as_elsewhere(commits, journal):
    assert isinstance(commits.run_here(int, "x").exception(0), ValueError)
    journal.failing = "commit"
    assert isinstance(done_here(commits, int, "7").exception(0), TemporarilyUnavailable)
    assert journal.said == ["begin", "commit", "begin", "commit", "abandon"]


def test_nothing_is_done_here_after_the_end(journal):
    commits = GroupCommit(journal)
    commits.shutdown()
    assert commits.run_here(journal.said.append, "work") is None
    assert journal.said == ["close"]
