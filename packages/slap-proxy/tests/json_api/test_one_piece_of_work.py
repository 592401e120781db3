"""What a guid names is found and changed in one piece of work: others who act meanwhile are not hit by it."""

import pytest

from slap_domain.errors import NotFound
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.master.caller import ANYBODY
from slap_domain.model.master.instance_tree import InstanceKey
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.references import InstanceTitle, PartitionId
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_domain.testing.master_contract import COMPUTER, description, wanted
from slap_proxy.assembly import Rules
from slap_proxy.json_api.instance_methods import InstanceMethods

OLD = "old______0"
PLACE = PartitionId("slappart0")


class InterruptedRegistry(InMemoryRegistry):
    """A registry that others write to just before somebody does."""

    def __init__(self):
        super().__init__()
        self.before_writing = None

    def write(self, work):
        others, self.before_writing = self.before_writing, None
        if others is not None:
            others()
        return super().write(work)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("report_state", {"reported_state": "destroyed"}),
        ("report_state", {"reported_state": "stopped"}),
        ("report_error", {"message": "it broke"}),
        ("bang", {"message": "it broke"}),
        ("rename", {"title": "renamed"}),
        ("publish", {"connection_parameter_dict": {"url": "http://old"}}),
    ],
)
def test_the_next_instance_of_a_partition_is_left_alone(method, more):
    registry = InterruptedRegistry()
    rules = Rules(registry, ManualClock(), MasterSettings())
    conversations = rules.converse(ANYBODY)
    conversations.hosts.describe(description(PLACE))
    conversations.tenants.request(wanted("old"))

    def replace_it():
        conversations.nodes.report_instance(COMPUTER, PLACE, InstanceEvent.DESTROYED)
        conversations.tenants.request(wanted("next"))
        replaced_by.append(found())

    def found():
        key = InstanceKey(title=InstanceTitle("next"))
        return registry.read(lambda records: records.instances.find(key))

    replaced_by = []
    registry.before_writing = replace_it
    methods = InstanceMethods(rules.converse, rules.desk_for)
    with pytest.raises(NotFound, match="old"):
        getattr(methods, method)(ANYBODY, {"instance_guid": OLD, **more})
    assert [found()] == replaced_by
