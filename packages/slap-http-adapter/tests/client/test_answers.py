"""Statuses and bodies of a master's answers."""

import pytest
from wire_samples import sample

from slap_domain.errors import (
    Conflict,
    InvalidInput,
    MasterUnreachable,
    NotAllowed,
    NotFound,
    NotReady,
    RequestRefused,
)
from slap_http_adapter.client.answers import Answer, refusal, succeeded, value_of

URL = "http://h/method"


def answer(status: int, body: str = "", charset: str = "utf-8") -> Answer:
    return Answer(status=status, url=URL, body=body.encode(), charset=charset)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (405, RequestRefused),
        (408, NotReady),
        (409, Conflict),
        (413, InvalidInput),
        (422, InvalidInput),
        *((status, MasterUnreachable) for status in (302, 500, 501, 502, 503, 504, 520, 523, 524, 526)),
    ],
)
def test_each_status_has_its_reaction(status, kind):
    assert type(refusal(answer(status, "reason"))) is kind


@pytest.mark.parametrize("status", [200, 202, 204])
def test_every_2xx_is_a_success(status):
    assert succeeded(answer(status)).status == status


PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Please log in</p></body></html>"


def test_a_web_page_is_no_success():
    with pytest.raises(MasterUnreachable, match="answered a web page: Please log in") as error:
        succeeded(answer(200, PAGE))
    assert error.value.hint == "does master_url lead to a master?"


def test_an_unsuccessful_answer_is_raised():
    with pytest.raises(NotFound, match="reason"):
        succeeded(answer(404, "reason"))


def test_the_master_s_message_and_hint_are_passed_on():
    error = refusal(answer(400, "title is empty\nhint: give it a name"))
    assert (error.message, error.hint) == ("title is empty", "give it a name")


def test_without_a_message_the_url_and_status_are_told():
    assert refusal(answer(404)).message == "http://h/method answered 404"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "requestComputerPartition.404-no-free-partition",
            "No free computer partition found for: one too many",
        ),
        (
            "requestComputerPartition.400-bad-authorization",
            "No partition matching the authorization header: (local_computer / nope)",
        ),
    ],
)
def test_the_message_of_a_captured_page_is_found(name, message):
    captured = sample(name)
    assert refusal(answer(captured.status, captured.answer)).message == message


@pytest.mark.parametrize(
    "head",
    [
        "",
        "\n ",
        "\ufeff",
        '<?xml version="1.0" encoding="utf-8"?>\n',
        "<!-- the portal of a hotel -->\n" * 20,
    ],
)
@pytest.mark.parametrize("page", [PAGE, "<HTML>", "<head><title>x</title></head>", "<!doctype\nhtml>"])
def test_a_page_is_known_whatever_stands_before_it(head, page):
    assert answer(200, head + page).is_page


@pytest.mark.parametrize(
    "body", ["", "OK", "<?xml version='1.0'?><marshal/>", "<marshal><heading/>", "<!-- x -->"]
)
def test_what_masters_answer_is_no_page(body):
    assert not answer(200, body).is_page


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<html><title>Bad &amp; Gateway</title></html>", "http://h/method answered 502: Bad & Gateway"),
        ("<html><p>so <b>sorry</b>\n here</p></html>", "http://h/method answered 502: so sorry here"),
        ("<html>", "http://h/method answered 502"),
    ],
)
def test_pages_are_read_for_people(page, message):
    error = refusal(answer(502, page))
    assert error.message == message
    assert error.hint


def test_a_long_message_is_shortened():
    assert len(refusal(answer(400, "x" * 10_000)).message) < 600


def test_a_value_is_decoded():
    assert value_of(answer(200, "<marshal><int>3</int></marshal>")) == 3


def test_a_declared_charset_is_honoured():
    body = "<marshal><string>\u00e9</string></marshal>".encode("latin-1")
    assert value_of(Answer(status=200, url=URL, body=body, charset="iso-8859-1")) == "\u00e9"


def test_an_unknown_charset_is_taken_for_utf_8():
    assert answer(200, "\u00e9", "klingon").text == "\u00e9"


@pytest.mark.parametrize(
    ("body", "message"), [("<!DOCTYPE html><html>", "a web page"), ("", "not the SLAP protocol")]
)
def test_what_is_no_value_is_told(body, message):
    with pytest.raises(MasterUnreachable, match=message) as caught:
        value_of(answer(200, body))
    assert "master_url" in caught.value.hint


def test_the_value_of_a_failure_is_its_error():
    with pytest.raises(NotReady):
        value_of(answer(408))
