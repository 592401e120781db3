"""URI templates."""

import pytest

from slap_domain.errors import InvalidInput
from slap_http_adapter.client.uri_template import expanded


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("http://h/?q={query}&l={select_list}", "http://h/?q=a%3A%3D%22b%20c%22&l=title,url_string"),
        ("http://h/?l={limit}", "http://h/?l="),
        ("http://h/{?query,limit}", "http://h/?query=a%3A%3D%22b%20c%22"),
        ("http://h/?m=1{&select_list*}", None),
        ("http://h/?m=1{&select_list}", "http://h/?m=1&select_list=title,url_string"),
        ("http://h/{?limit}", "http://h/"),
        ("http://h/{+query}", None),
        ("http://h/", "http://h/"),
    ],
)
def test_templates_are_expanded(template, url):
    values = {"query": 'a:="b c"', "select_list": ("title", "url_string")}
    if url is None:
        with pytest.raises(InvalidInput, match="not understood"):
            expanded(template, values)
    else:
        assert expanded(template, values) == url
