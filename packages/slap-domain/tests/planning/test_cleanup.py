from datetime import UTC, datetime, timedelta

from slap_domain.planning.cleanup import Retention, awaited, retention

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_without_delay_nothing_is_kept():
    assert retention(delay=0, decided=None, now=NOW) == Retention(locked=False)


def test_the_delay_counts_from_the_first_time():
    first = retention(delay=1.5, decided=None, now=NOW)
    assert first == Retention(locked=True, until=NOW + timedelta(days=1.5))
    later = NOW + timedelta(days=1)
    assert retention(delay=1.5, decided=first.until, now=later) == Retention(locked=True)
    assert retention(delay=1.5, decided=first.until, now=first.until) == Retention(locked=False)


def test_what_still_runs_is_awaited():
    states = {"a:one": "RUNNING", "a:two": "STARTING", "a:three": "EXITED", "a:four": "RUNNING"}
    assert awaited(["a:two", "a:one", "a:three", "a:unknown"], states) == ("a:one", "a:two")
