"""Which release a person means."""

import os

import pytest

from slap_cli.tenant.software_aliases import release_meant
from slap_domain.errors import InvalidInput, NotFound


class Products:
    """A master that knows one product."""

    def releases_of_product(self, product):
        return ("http://best/software.cfg", "http://older/software.cfg") if product == "kvm" else ()


def meant(text, **aliases):
    return release_meant(text, aliases, Products())


def test_a_url_is_itself():
    assert meant("https://a/software.cfg") == "https://a/software.cfg"


def test_an_alias_is_what_it_stands_for():
    assert meant("kvm", kvm="http://k/software.cfg") == "http://k/software.cfg"


def test_a_product_is_its_best_release():
    assert meant("product.kvm") == "http://best/software.cfg"


def test_an_unknown_product_is_said_to_be_unknown():
    with pytest.raises(NotFound, match="knows no software product 'web'"):
        meant("product.web")


def test_an_unknown_product_names_an_alias_that_is_near():
    with pytest.raises(NotFound) as failure:
        meant("product.web", webs="http://w/")
    assert failure.value.hint.startswith("did you mean the alias webs? ")
    with pytest.raises(NotFound) as failure:
        meant("product.web")
    assert failure.value.hint == "its owner names the products; the URL or path of a release works too"


def test_a_file_becomes_an_absolute_path(tmp_path, monkeypatch):
    (tmp_path / "software.cfg").touch()
    monkeypatch.chdir(tmp_path)
    assert meant("software.cfg") == str(tmp_path / "software.cfg")


def test_an_absolute_path_may_exist_only_on_the_node():
    assert meant("/on/the/node/software.cfg") == "/on/the/node/software.cfg"


def test_anything_else_is_refused_with_the_aliases_there_are():
    with pytest.raises(InvalidInput, match="'kvn' is no URL, no file and no alias") as failure:
        meant("kvn", kvm="http://k/", web="http://w/")
    assert failure.value.hint == "did you mean kvm? the aliases are kvm, web"


def test_without_aliases_the_hint_says_how_to_make_one():
    with pytest.raises(InvalidInput) as failure:
        meant("kvn")
    assert "[slapconsole]" in failure.value.hint


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_directory_is_no_release(text):
    with pytest.raises(InvalidInput) as failure:
        meant(text)
    assert "software.cfg" in failure.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look anywhere")
def test_a_path_in_a_directory_that_is_closed_here_may_exist_on_the_node(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    path = str(tmp_path / "closed" / "software.cfg")
    assert meant(path) == path
