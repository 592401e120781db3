import socket
import tempfile
import threading
import xmlrpc.client
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slap_node.supervisor.rpc import SupervisorAway, SupervisorFault, SupervisorRpc
from slap_node.supervisor.xml_rpc import Fault, MalformedAnswer, answer_value, call_document

HALF_A_MEMBER = (
    b"<methodResponse><params><param><value><struct><member><name>a</name></member></struct></value>"
    b"</param></params></methodResponse>"
)
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]))
PLAIN = TEXT | st.integers(-(2**31), 2**31 - 1) | st.booleans()
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_what_the_standard_library_writes_is_read(value):
    document = xmlrpc.client.dumps((value,), methodresponse=True).encode()
    assert answer_value(document) == value


@given(st.lists(PLAIN, max_size=4))
def test_what_is_written_the_standard_library_reads(arguments):
    values, method = xmlrpc.client.loads(call_document("supervisor.do", arguments))
    assert (method, list(values)) == ("supervisor.do", arguments)
    assert [type(value) for value in values] == [type(argument) for argument in arguments]


def test_a_fault_is_raised():
    document = xmlrpc.client.dumps(xmlrpc.client.Fault(10, "BAD_NAME: x")).encode()
    with pytest.raises(Fault, match="BAD_NAME: x") as raised:
        answer_value(document)
    assert raised.value.code == 10


@pytest.mark.parametrize(
    "value",
    [
        "<value>text</value>",
        "<value></value>",
        "<value><nil/></value>",
    ],
)
def test_odd_values_are_read(value):
    document = f"<methodResponse><params><param>{value}</param></params></methodResponse>".encode()
    assert answer_value(document) in ("text", "", None)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html/>",
        b"<!DOCTYPE x><methodResponse/>",
        b"<methodResponse><fault><value><string>x</string></value></fault></methodResponse>",
        b"<methodResponse><params><param><value><double>1</double></value></param></params></methodResponse>",
        b"<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
        HALF_A_MEMBER,
    ],
)
def test_what_is_no_answer_is_refused(document):
    with pytest.raises(MalformedAnswer):
        answer_value(document)


@pytest.fixture
def answering():
    """Return a function that makes a socket on which each connection gets the same bytes."""
    listeners = []
    with tempfile.TemporaryDirectory(prefix="rpc") as folder:

        def make(data):
            path = Path(folder) / "s"
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()

            def serve():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(data)

            thread = threading.Thread(target=serve)
            thread.start()
            listeners.append((listener, thread))
            return SupervisorRpc(path)

        yield make
        for listener, thread in listeners:
            thread.join()
            listener.close()


def test_an_answer_arrives(answering):
    body = xmlrpc.client.dumps(({"a": [1, True]},), methodresponse=True)
    assert answering(f"HTTP/1.0 200 OK\r\nX: y\r\n\r\n{body}".encode()).call("getState") == {"a": [1, True]}


def test_a_refusal_has_the_code_of_supervisor(answering):
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(70, "NOT_RUNNING"))
    with pytest.raises(SupervisorFault, match="NOT_RUNNING") as raised:
        answering(f"HTTP/1.0 200 OK\r\n\r\n{body}".encode()).call("stopProcess", "a:b")
    assert raised.value.code == 70


@pytest.mark.parametrize("data", [b"", b"HTTP/1.0 401 Unauthorized\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n<x"])
def test_anything_else_means_that_the_daemon_is_away(answering, data):
    with pytest.raises(SupervisorAway, match="getState"):
        answering(data).call("getState")


def test_an_endless_answer_is_cut_off(answering, monkeypatch):
    monkeypatch.setattr("slap_node.supervisor.rpc._ANSWER_LIMIT", 1000)
    with pytest.raises(SupervisorAway, match="too long"):
        answering(b"x" * 5000).call("getState")
