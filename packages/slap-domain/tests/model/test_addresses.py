"""What passes for an address is what Python's ipaddress takes for one."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_domain.errors import InvalidInput
from slap_domain.model.addresses import check_address


def is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def passes(text):
    try:
        return check_address(text) == text
    except InvalidInput:
        return False


groups = st.lists(st.sampled_from(("0", "1", "a", "DB8", "ffff", "00000", "g", "")), min_size=1, max_size=10)
octets = st.lists(
    st.sampled_from(("0", "9", "10", "99", "199", "249", "255", "256", "01", "", "٣")), max_size=5
)


@given(st.one_of(groups.map(":".join), octets.map(".".join), st.ip_addresses().map(str), st.text(":.1f%")))
def test_a_look_tells_addresses_as_ipaddress_does(text):
    assert passes(text) == is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "::",
        ":::",
        "1::2::3",
        "::ffff:1.2.3.4",
        "1.2.3.4\n",
    ],
)
def test_edges_are_told_as_ipaddress_does(text):
    assert passes(text) == is_address(text)
