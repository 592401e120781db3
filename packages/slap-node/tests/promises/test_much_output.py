"""Promises that say very much, or nothing and go, are judged all the same."""

import pytest

from slap_domain.model.promise import PromiseMode
from slap_domain.planning.node.promises import MESSAGE_LIMIT

MEGABYTES = 10_000_000


@pytest.mark.parametrize("mode", list(PromiseMode))
def test_a_plugin_that_logs_ten_megabytes_as_one_error_fails(partition, mode):
    partition.plugin("p", f"def sense(self):\n    self.logger.error('y' * {MEGABYTES} + ' the end')\n")
    ((name, failed, message),) = partition.verdicts(mode)
    assert (name, failed) == ("p.py", True)
    assert message.endswith(" the end")
    assert len(partition.stored("result/p.status.json")["result"]["message"]) == len("...") + MESSAGE_LIMIT


def test_an_error_that_ten_megabytes_of_other_messages_follow_is_not_forgotten(partition):
    body = f"""\
        def sense(self):
            self.logger.error('it is down')
            for number in range(100):
                self.logger.info('z' * {MEGABYTES // 100})
        """
    partition.plugin("p", body)
    ((_, failed, message),) = partition.verdicts()
    assert failed
    assert "it is down" in message or message.endswith("z")


def test_a_plugin_that_ends_itself_fails_and_is_told_so(partition):
    partition.plugin("p", "def sense(self):\n    sys.exit(3)\n")
    partition.module("q", "raise SystemExit\n")
    assert partition.verdicts() == [
        ("p.py", True, "the promise ended itself, with sys.exit(3)"),
        ("q.py", True, "the promise ended itself, with sys.exit(None)"),
    ]


def test_an_exception_that_says_ten_megabytes_fails_its_promise(partition):
    partition.module("p", f"raise ValueError('y' * {MEGABYTES} + ' the end')\n")
    ((name, failed, message),) = partition.verdicts()
    assert (name, failed) == ("p.py", True)
    assert message.endswith(" the end")
