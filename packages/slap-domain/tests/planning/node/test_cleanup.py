from datetime import UTC, datetime, timedelta

import pytest

from slap_domain.planning.node.cleanup import (
    LONGEST_RETENTION,
    Retention,
    awaited,
    recorded_date,
    recorded_delay,
    retention,
    retention_days,
)

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


@pytest.mark.parametrize(
    ("text", "days"), [("2", 2.0), ("-1", 0.0), ("inf", LONGEST_RETENTION), ("1e300", LONGEST_RETENTION)]
)
def test_a_delay_is_a_number_of_days_within_bounds(text, days):
    assert retention_days(text) == recorded_delay(text) == days
    assert retention(delay=days, decided=None, now=NOW).locked is (days > 0)


@pytest.mark.parametrize("text", ["soon", "nan"])
def test_a_delay_that_is_no_number_is_refused_and_believed_of_no_record(text):
    with pytest.raises(ValueError, match=r".*"):
        retention_days(text)
    assert recorded_delay(text) == 0.0


def test_a_recorded_date_is_one_that_can_be():
    assert recorded_date(str(NOW.timestamp())) == NOW
    for text in (None, "", "soon", "nan", "inf", "1e14", "-1", "0"):
        assert recorded_date(text) is None


def test_a_date_that_no_node_decides_is_decided_anew():
    far = NOW + timedelta(days=LONGEST_RETENTION + 1)
    assert retention(delay=0, decided=far, now=NOW) == Retention(locked=False)
    assert retention(delay=2, decided=far, now=NOW).until == NOW + timedelta(days=2)
