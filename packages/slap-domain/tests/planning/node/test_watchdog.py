import pytest

from slap_domain.model.references import PartitionId
from slap_domain.planning.node.watchdog import bang_is_due, bang_message, is_watched


@pytest.mark.parametrize(
    ("deployed", "banged", "due"),
    [
        (None, None, True),
        ("10", None, True),
        (None, "10", False),
        ("10", "10", False),
        ("11", "10", True),
        ("9", "10", True),
        ("10", "0", True),
        ("10.5\n", "10", True),
        ("10.25", "10.25", False),
        ("10.25", "10.5", True),
        ("10", "10.0", False),
        ("1795293711.287", "1795293711.2869", True),
        ("some text", "some text", False),
        ("other text", "some text", True),
        ("nan", "10", True),
        ("10", "", True),
    ],
)
def test_a_deployment_is_banged_about_once(deployed, banged, due):
    assert bang_is_due(deployed, banged) is due


def test_only_watched_processes_concern_the_watchdog():
    assert is_watched("apache-on-watch")
    assert not is_watched("apache")


def test_the_message_names_the_process_and_the_partition():
    message = "apache-on-watch process in partition slappart1 encountered a problem"
    assert bang_message("apache-on-watch", PartitionId("slappart1")) == message
