"""Where a master is."""

import pytest

from slap_domain.errors import InvalidInput
from slap_http_adapter.client.master_address import MasterAddress


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://h:5000", "http://h:5000/"),
        ("http://h:5000/", "http://h:5000/"),
        (" https://h/pfx ", "https://h/pfx/"),
        ("http://2001:db8::1", "http://[2001:db8::1]/"),
        ("http://[2001:db8::1]:5000/x/", "http://[2001:db8::1]:5000/x/"),
        ("http://2001:db8:0:0:0:0:0:1:5000", "http://[2001:db8:0:0:0:0:0:1]:5000/"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/"),
    ],
)
def test_method_names_are_appended_to_the_root(url, root):
    assert MasterAddress(url=url).root == root


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:5000",
        "ftp://h/",
        "http://",
        "http://[::1",
        "http://h:99999",
        "http://h:0",
        "http://h:x",
        "http://h\nx:x",
        "http:///x",
    ],
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(InvalidInput, match="no URL"):
        MasterAddress(url=url)


def test_a_malformed_hateoas_url_is_refused():
    with pytest.raises(InvalidInput, match="no URL"):
        MasterAddress(url="http://h", hateoas_url="h/hateoas")


def test_a_timeout_is_positive():
    with pytest.raises(InvalidInput, match="timeout"):
        MasterAddress(url="http://h", timeout=0)
