import pytest

from slap_domain.model.promise import PromiseMode

pytestmark = [pytest.mark.peer, pytest.mark.index]

BODY = """\
def sense(self):
    if self.getConfig('down'):
        self.logger.error('nobody answers')
    else:
        self.logger.info('it answers')

def anomaly(self):
    return self._anomaly(result_count=2, failure_amount=2)
"""


@pytest.fixture
def released(partition, existing_implementation):
    """Return a partition whose release brings the existing implementation's library of promises."""
    (partition.release / "bin/buildout").write_text(f"#!{existing_implementation.python}\n")
    return partition


def test_a_plugin_of_the_existing_library_runs_unchanged(released):
    released.plugin("up", BODY)
    released.plugin("down", BODY, before="extra_config_dict = {'down': 1}\n")
    assert released.verdicts() == [
        ("down.py", True, "nobody answers"),
        ("up.py", False, "it answers"),
    ]
    assert " - ERROR - " in (released.path / ".slapgrid/promise/log/down.log").read_text()
    assert released.stored("cache/up")["periodicity"] == 2.0
    outcome = released.check(PromiseMode.ANOMALY)
    assert [verdict.failed for verdict in outcome.verdicts] == [True, False]
    assert outcome.bang == "Promise down is failing"


def test_its_library_is_really_the_one_that_ran(released):
    body = "def sense(self):\n    import slapos.grid.promise as p\n    self.logger.info(p.__file__)\n"
    released.plugin("p", body)
    ((_, failed, message),) = released.verdicts()
    assert not failed
    assert "site-packages/slapos/grid/promise" in message
