"""The library's signatures are those of the published interface, and those that deployed code calls."""

import inspect
import json
import re
from pathlib import Path

import pytest
from zope.interface.verify import verifyClass

from slapos import slap
from slapos.slap import exception
from slapos.slap.interface import slap as interfaces

CONTRACT = json.loads((Path(__file__).parent / "interface_contract.json").read_text())
CLASSES = {
    "IRequester": slap.ComputerPartition,
    "ISoftwareRelease": slap.SoftwareRelease,
    "IComputerPartition": slap.ComputerPartition,
    "IComputer": slap.Computer,
    "IOpenOrder": slap.OpenOrder,
    "ISupply": slap.Supply,
    "slap": slap.slap,
    "IException": exception.SlapException,
    "INotFoundError": slap.NotFoundError,
}
METHODS = [
    (name, method, signature)
    for name, interface in CONTRACT["interfaces"].items()
    for method, signature in interface["methods"].items()
]
CALLED = [
    (*where.split("."), re.match(r"\(.*?\)", signature).group())
    for where, signature in CONTRACT["implementation"].items()
]


def published(signature: str) -> inspect.Signature:
    names: dict[str, object] = {}
    exec(f"def published{signature}: ...", names)
    return inspect.signature(names["published"])


@pytest.mark.parametrize("name", CONTRACT["interfaces"])
def test_each_interface_is_there(name):
    interface = getattr(interfaces, name)
    extended = CONTRACT["interfaces"][name]["extends"]
    assert interface.__module__ == CONTRACT["module"]
    assert [base.__name__ for base in interface.__bases__] == [extended or "Interface"]
    assert len(interface.__doc__.strip()) > 10


@pytest.mark.parametrize(("name", "method", "signature"), METHODS)
def test_each_method_is_as_published(name, method, signature):
    described = getattr(interfaces, name)[method]
    assert described.getSignatureString() == signature
    assert len(described.__doc__.strip()) > 10


@pytest.mark.parametrize("name", [name for name in CLASSES if not name.endswith(("Exception", "Error"))])
def test_each_class_keeps_its_interface(name):
    assert verifyClass(getattr(interfaces, name), CLASSES[name])


@pytest.mark.parametrize("name", ["IException", "INotFoundError"])
def test_exceptions_keep_theirs(name):
    assert getattr(interfaces, name).implementedBy(CLASSES[name])


def accepts(method: object, signature: inspect.Signature) -> None:
    """Bind a call that gives every argument by name, and one that gives the mandatory ones by position."""
    actual = inspect.signature(method)
    by_name = dict.fromkeys(signature.parameters, "x")
    actual.bind("self", **by_name)
    mandatory = [one for one in signature.parameters.values() if one.default is one.empty]
    actual.bind("self", *["x"] * len(mandatory))


@pytest.mark.parametrize(("name", "method", "signature"), METHODS)
def test_each_class_takes_the_published_call(name, method, signature):
    accepts(getattr(CLASSES[name], method), published(signature))


@pytest.mark.parametrize(("name", "method", "signature"), CALLED)
def test_each_class_takes_the_call_of_deployed_code(name, method, signature):
    function, wanted = getattr(getattr(slap, name), method), published(signature)
    accepts(function, wanted)
    inspect.signature(function).bind("self", *["x"] * len(wanted.parameters))


def test_recipes_give_url_key_and_certificate_by_position():
    connection = slap.slap()
    connection.initializeConnection("https://master.example", "key.pem", "certificate.pem")
    helper = connection._connection_helper
    assert (helper.key_file, helper.cert_file) == ("key.pem", "certificate.pem")


def test_every_public_method_says_what_it_does():
    classes = {*CLASSES.values(), slap.Token, slap.SoftwareProductCollection}
    silent = [
        f"{cls.__name__}.{name}"
        for cls in classes
        for name, method in vars(cls).items()
        if not name.startswith("_") and inspect.isfunction(method) and len(method.__doc__ or "") < 20
    ]
    assert silent == []
