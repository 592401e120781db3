"""Library objects out of decoded documents."""

from types import SimpleNamespace

from slap_http_adapter.library.revival import revived
from slap_http_adapter.wire.values import WireObject


class Thing(SimpleNamespace):
    def __init__(self, *arguments):
        super().__init__(arguments=arguments)


def test_objects_are_built_from_their_arguments_and_state():
    value = WireObject(class_name="Computer", initargs=("c", [1]), state={"a": {"b": (2,)}})
    made = revived([value, value], {"Computer": Thing})
    assert made[0] is made[1]
    assert made[0].arguments == ("c", [1])
    assert made[0].a == {"b": (2,)}


def test_cycles_stay_cycles():
    loop: list[object] = [{}]
    loop.append(loop)
    loop[0]["self"] = loop[0]
    made = revived(loop, {})
    assert made[1] is made
    assert made[0]["self"] is made[0]
