"""The verdict of a promise: what its executions say of the service it watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PromiseMode(StrEnum):
    """Why promises run: to test a deployment, or to look for an anomaly in a running service."""

    TEST = "test"
    ANOMALY = "anomaly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of a promise's check.

    Attributes:
        failed: it logged an error.
        message: its last message.
    """

    date: datetime
    failed: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseVerdict:
    """What a promise concludes from its executions."""

    name: str
    mode: PromiseMode
    failed: bool
    message: str
    date: datetime


def failing(
    history: Sequence[Execution],
    *,
    result_count: int = 1,
    failure_amount: int = 1,
    latest: timedelta | None = None,
    now: datetime | None = None,
) -> bool:
    """Tell whether a promise fails: the newest execution failed, and enough of the last ones did.

    Args:
        history: executions, newest last.
        result_count: how many of the last executions count.
        failure_amount: how many of them must have failed.
        latest: only executions at most this old count, seen from `now`; None: all.
        now: the present; needed with `latest`.
    """
    recent = [run for run in history if latest is None or now is None or now - run.date <= latest]
    counted = recent[-result_count:]
    if not counted or not counted[-1].failed:
        return False
    return sum(run.failed for run in counted) >= failure_amount
