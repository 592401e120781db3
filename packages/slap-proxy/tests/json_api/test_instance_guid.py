"""The names by which the JSON API knows instances."""

import pytest

from slap_domain.errors import NotFound
from slap_domain.model.master.instance_tree import InstanceKey
from slap_proxy.json_api.instance_guid import guid_of, keys_named

LONGEST = "x" * 1000


@pytest.mark.parametrize(
    "key",
    [
        InstanceKey(title="web"),
        InstanceKey(title="a___b", root="c", shared=True),
        InstanceKey(title=LONGEST, root=LONGEST),
        InstanceKey(title="_" * 1000, root="_" * 1000),
    ],
)
def test_a_name_stands_for_its_instance(key):
    assert key in keys_named(guid_of(key))


@pytest.mark.parametrize("name", ["", "web", "web___2", f"{LONGEST}___{LONGEST}x___0", "_" * 9999 + "___0"])
def test_what_names_no_instance_is_told_at_once(name):
    """A long text could be cut at as many places as it has characters, and be copied at each."""
    with pytest.raises(NotFound, match="not handled"):
        keys_named(name)
