from datetime import datetime

from slap_domain.model.promise import Execution
from slap_domain.model.promise_log import LogEntry, execution_of, group_executions, parse_log

LOG = """\
continued from before the part that was read
2026-11-21 22:31:53 - INFO - 1795300313-719 - fine
2026-11-21 22:31:54 - ERROR - 1795300313-295 - first
2026-11-21 22:31:54 - INFO - 1795300313-295 - second
continued - here
2026-11-21 22:31:55 - CRITICAL - 1795300315-001 -\x20
"""
DATE = datetime(2026, 11, 21, 22, 31, 54)  # noqa: DTZ001 - logs have local time


def test_messages_are_grouped_by_execution():
    executions = [execution_of(group) for group in group_executions(parse_log(LOG))]
    assert [(run.failed, run.message) for run in executions] == [
        (False, "fine"),
        (True, "first\nsecond\ncontinued - here"),
        (True, ""),
    ]
    assert executions[1] == Execution(date=DATE, failed=True, message="first\nsecond\ncontinued - here")


def test_an_entry_is_written_as_it_is_read():
    entry = LogEntry(date=DATE, level="ERROR", execution="1795300313-295", message="one\ntwo")
    assert parse_log(str(entry)) == (entry,)
    assert str(entry) == "2026-11-21 22:31:54 - ERROR - 1795300313-295 - one\ntwo"
    assert entry.is_failure


def test_an_empty_log_has_no_executions():
    assert group_executions(parse_log("")) == ()
