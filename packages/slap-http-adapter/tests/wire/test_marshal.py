"""The marshal dialect: byte for byte against captured exchanges, and against anything malformed."""

import math
import re
from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_samples import exchanges, sample

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceState
from slap_http_adapter.wire.marshal import dumps, dumps_fragment, loads, loads_tree
from slap_http_adapter.wire.values import Limits, WireObject

_OBJECT = '<object id="i2" module="{}" class="{}"><tuple/><dictionary id="i3"/></object>'


def marshalled_samples() -> list[tuple[str, str]]:
    found = []
    for name in exchanges():
        exchange = sample(name)
        texts = [exchange.answer, *(value for _, value in exchange.form)]
        found += [(name, text) for text in texts if text.startswith("<marshal>")]
    return found


@pytest.mark.parametrize(("name", "text"), marshalled_samples())
def test_captured_documents_are_rewritten_byte_for_byte(name, text):
    assert dumps(loads(text)) == text.encode()


def test_samples_hold_documents():
    assert len(marshalled_samples()) > 30


@pytest.mark.parametrize(
    ("value", "element"),
    [
        (None, "<none/>"),
        (True, "<bool>1</bool>"),
        (False, "<bool>0</bool>"),
        (3, "<int>3</int>"),
        (-(10**24) + 1, "<int>-999999999999999999999999</int>"),
        (10**24, "<long>1000000000000000000000000</long>"),
        (-(10**24), "<long>-1000000000000000000000000</long>"),
        (1.5, "<float>1.5</float>"),
        (1e300, "<float>1e+300</float>"),
        ("", "<string></string>"),
        (b"caf\xc3\xa9", "<string>caf&#233;</string>"),
        ("a&b<c", "<string>a&amp;amp;b&amp;lt;c</string>"),
        ("&amp;", "<string>&amp;amp;amp;</string>"),
        ("\"'", "<string>\"'</string>"),
        ("a\rb\n\tc", "<string>a&#13;b\n\tc</string>"),
        ([], '<list id="i2"/>'),
        ((), "<tuple/>"),
        ({}, '<dictionary id="i2"/>'),
        ({"b": 1, "a": []},
         '<dictionary id="i2"><string>a</string><list id="i3"/><string>b</string><int>1</int></dictionary>'),
        ({1: 2, "a": 3},
         '<dictionary id="i2"><string>a</string><int>3</int><int>1</int><int>2</int></dictionary>'),
        ({2, 1}, '<set id="i2"><int>1</int><int>2</int></set>'),
        (3j, "<complex>0.0 3.0</complex>"),
        (InstanceState.STARTED, "<string>started</string>"),
        (HTTPStatus.NOT_FOUND, "<int>404</int>"),
        (
            WireObject(class_name="SoftwareInstance"),
            _OBJECT.format("slapos.slap.slap", "SoftwareInstance"),
        ),
    ],
)  # fmt: skip
def test_a_value_has_one_element(value, element):
    assert dumps(value) == f"<marshal>{element}</marshal>".encode()


def test_a_repeated_list_is_a_reference():
    shared = ["x"]
    text = dumps([shared, shared])
    assert text == (
        b'<marshal><list id="i2"><list id="i3"><string>x</string></list><reference id="i3"/></list></marshal>'
    )
    one, other = loads(text)
    assert one is other


def test_a_repeated_set_is_a_reference():
    shared = {1}
    one, other = loads(dumps([shared, shared]))
    assert one is other


def test_an_equal_list_is_no_reference():
    assert b"reference" not in dumps([["x"], ["x"]])


def test_cycles_survive():
    partition = WireObject(class_name="ComputerPartition", initargs=("c", "p", None))
    partition.state["_self"] = partition
    loop: list[object] = [partition]
    loop.append(loop)
    read = loads(dumps(loop))
    assert read[1] is read
    assert read[0].state["_self"] is read[0]
    assert read[0].initargs == ("c", "p", None)


def test_objects_may_share_their_state():
    state: dict[str, object] = {"_computer_id": "c"}
    one, other = (WireObject(class_name="Computer", initargs=("c",), state=state) for _ in range(2))
    read = loads(dumps([one, other]))
    assert read[0].state is read[1].state


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
)
hashables = scalars | st.tuples(scalars, scalars)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.sets(hashables, max_size=4)
        | st.builds(
            lambda state: WireObject(class_name="SoftwareInstance", state=state),
            st.dictionaries(st.text("abc_", min_size=1), inner, max_size=3),
        )
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_read_back(value):
    assert loads(dumps(value)) == value


@given(values)
def test_a_document_is_ascii_and_reproducible(value):
    text = dumps(value)
    assert text.isascii()
    assert text == dumps(loads(text))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_is_kept_or_refused(text):
    try:
        written = dumps(text)
    except InvalidInput:
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
    else:
        assert loads(written) == text


@settings(max_examples=300)
@given(st.binary(max_size=80) | st.text("<>/marshlintdicoueg id=\"2'&;", max_size=60).map(str.encode))
def test_nothing_but_invalid_input_is_raised_by_garbage(data):
    try:
        loads(data)
    except InvalidInput:
        pass
    else:
        assert data.lstrip().startswith(b"<")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<unicode>x</unicode>", "x"),
        ("<long>3</long>", 3),
        ("<int> 3\n</int>", 3),
        ("<string>a&amp;lt;b</string>", "a<b"),
        ("<string>a&lt;b</string>", "a<b"),
        ("<string>Zo\u00eb</string>", "Zo\u00eb"),
        ("<string><![CDATA[a<b]]></string>", "a<b"),
        ("<list><none/></list>", [None]),
        ("\n <dictionary>\n  <string>a</string>\n  <int>1</int>\n </dictionary>\n", {"a": 1}),
        ("<!-- remark --><tuple><?pi?><none/></tuple>", (None,)),
        ("<complex>1.0 -2.0</complex>", 1 - 2j),
        ("<set><reference id='a'/></set>", None),
    ],
)
def test_other_spellings_are_understood(text, value):
    if value is None:
        text, value = "<list><tuple/><set id='a'/><reference id='a'/></list>", [(), set(), set()]
    assert loads(f"<marshal>{text}</marshal>") == value


def test_a_namespaced_document_is_understood():
    text = (
        '<marshal:marshal xmlns:marshal="http://www.erp5.org/namespaces/marshaller">'
        '<marshal:list marshal:id="i2"><marshal:object marshal:id="i3" marshal:module="slapos.slap.slap"'
        ' marshal:class="Computer"><marshal:tuple/><marshal:dictionary/></marshal:object>'
        '<marshal:reference marshal:id="i3"/></marshal:list></marshal:marshal>'
    )
    first, second = loads(text)
    assert first is second
    assert first.class_name == "Computer"


def document(inner: str) -> str:
    return f"<marshal>{inner}</marshal>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "nonsense",
        "<marshal/>",
        "<other><none/></other>",
        document("<none/><none/>"),
        document("<none/>stray"),
        document("stray<none/>"),
        document("<none>x</none>"),
        document("<bool>true</bool>"),
        document("<bool>2</bool>"),
        document("<int>x</int>"),
        document("<int>1_0</int>"),
        document("<int/>"),
        document("<int>" + "9" * 5000 + "</int>"),
        document("<float>x</float>"),
        document("<float>nan</float>"),
        document("<complex>1</complex>"),
        document("<complex>1 inf</complex>"),
        document("<code>x</code>"),
        document("<string><none/></string>"),
        document("<dictionary><string>a</string></dictionary>"),
        document("<dictionary><list/><none/></dictionary>"),
        document("<set><list/></set>"),
        document("<reference id='i2'/>"),
        document("<reference/>"),
        document(_OBJECT.format("os", "system")),
        document(_OBJECT.format("slapos.slap.slap", "Supply")),
        document("<object/>"),
        document(_OBJECT.format("slapos.slap.slap", "Computer").replace("<tuple/>", "<list/>")),
        document(_OBJECT.format("slapos.slap.slap", "Computer").replace('<dictionary id="i3"/>', "<none/>")),
        document(
            _OBJECT.format("slapos.slap.slap", "Computer").replace(
                '<dictionary id="i3"/>', "<dictionary><int>1</int><none/></dictionary>"
            )
        ),
        document("<x:none xmlns:x='urn:other'/>"),
        '<!DOCTYPE marshal [<!ENTITY a "b">]><marshal><string>&a;</string></marshal>',
        document("<string>&a;</string>"),
        document("<list>" * 101 + "</list>" * 101),
        "\ud800",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidInput):
        loads(text)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: object()},
        "\x00",
        "\ud800",
        b"\xff",
        math.nan,
        math.inf,
        type("D", (dict,), {})(),
    ],
)
def test_what_the_dialect_cannot_express_is_refused(value):
    with pytest.raises(InvalidInput):
        dumps(value)


def test_an_endless_number_is_refused():
    with pytest.raises(InvalidInput, match="digits"):
        dumps(10**5000)


def test_a_value_nested_too_deeply_is_refused():
    value: object = []
    for _ in range(120):
        value = [value]
    with pytest.raises(InvalidInput, match="nested"):
        dumps(value)


def test_limits_are_kept():
    text = dumps(["x"] * 50)
    with pytest.raises(InvalidInput, match="bytes"):
        loads(text, Limits(size=100))
    with pytest.raises(InvalidInput, match="elements"):
        loads(text, Limits(elements=20))


def test_an_unknown_class_cannot_be_written():
    with pytest.raises(InvalidInput, match="may not travel"):
        WireObject(class_name="Popen")


def test_fragments_join_into_one_document():
    values = [WireObject(class_name="ComputerPartition", state={"_l": ["\u00e9", {}]}) for _ in range(2)]
    fragments = [dumps_fragment(value, ids=f"p{number}.") for number, value in enumerate(values)]
    joined = dumps({"x": [*fragments, ["own"]]})
    assert loads(joined) == {"x": [*values, ["own"]]}
    names = re.findall(rb' id="([^"]+)"', joined)
    assert len(names) == len(set(names)) == 11


def test_references_inside_a_fragment_stay_inside():
    shared = ["x"]
    fragments = [dumps_fragment((shared, shared), ids=f"p{number}_") for number in range(2)]
    (a, b), (c, d) = loads(dumps(fragments))
    assert a is b
    assert c is d
    assert a is not c


@pytest.mark.parametrize("prefix", ["", "i", 'p"', "7_", "p0"])
def test_the_prefix_of_a_fragment_cannot_collide(prefix):
    with pytest.raises(InvalidInput):
        dumps_fragment([], ids=prefix)


def test_a_tree_shares_nothing():
    shared = {"addr": "127.0.0.1"}
    one, other = loads_tree(dumps([shared, shared]))
    assert one == other
    assert one is not other


def test_a_tree_shares_nothing_that_is_referred_to_by_a_prefix():
    namespace = "http://www.erp5.org/namespaces/marshaller"
    inside = '<m:list id="i2"><m:list id="i3"/><m:reference id="i3"/></m:list>'
    one, other = loads_tree(f'<m:marshal xmlns:m="{namespace}">{inside}</m:marshal>')
    assert one == other == []
    assert one is not other


def test_a_tree_keeps_every_plain_value():
    value = {"a": (1, {2.0}, [None, True, "x"]), ("k", 1): 1j}
    assert loads_tree(dumps(value)) == value


def test_a_cycle_is_no_tree():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidInput, match="itself"):
        loads_tree(dumps(loop))


def test_references_cannot_blow_a_tree_up():
    value: list[object] = ["x"]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(InvalidInput, match="unfolds"):
        loads_tree(dumps(value))


def test_a_tree_holds_no_objects():
    with pytest.raises(InvalidInput, match="object"):
        loads_tree(dumps([WireObject(class_name="Computer")]))
