"""How an answer looks as headers, and as the bytes of HTTP/1.1."""

from collections.abc import Iterable
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from slap_proxy.http_api.exchange import Answer

Header = tuple[bytes, bytes]
_NO_STORE = (b"cache-control", b"no-store")
_SAFE = (b"x-content-type-options", b"nosniff")


def answer_headers(answer: Answer) -> list[Header]:
    """Return the headers of an answer, its length included."""
    pieces = answer.body if isinstance(answer.body, tuple) else (answer.body,)
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", b"%d" % sum(map(len, pieces))),
        _SAFE,
    ]
    if not any(name == "cache-control" for name, _ in answer.headers):
        headers.append(_NO_STORE)
    return headers + [(name.encode("latin-1"), _one_line(value)) for name, value in answer.headers]


def answer_bytes(answer: Answer, verb: str, server_headers: Iterable[Header], *, is_last: bool) -> bytes:
    """Return a whole answer.

    Args:
        answer: its pieces, if it has several, are joined: this is for short answers.
        verb: of the request; HEAD gets no body.
        server_headers: the date.
        is_last: the connection is closed after it.
    """
    body = b"".join(answer.body) if isinstance(answer.body, tuple) else answer.body
    lines = b"".join(b"%b: %b\r\n" % header for header in server_headers)
    if answer.headers:
        start = _start(answer.status, "", plain=False)
        more = b"".join(b"%b: %b\r\n" % header for header in answer_headers(answer))
    else:
        start = _start(answer.status, answer.content_type, plain=True)
        more = b"content-length: %d\r\n" % len(body)
    close = b"connection: close\r\n" if is_last else b""
    return b"%b%b%b%b\r\n%b" % (start, lines, more, close, b"" if verb == "HEAD" else body)


@lru_cache(64)
def _start(status: int, content_type: str, *, plain: bool) -> bytes:
    """Return the first lines, which hardly ever differ from those of other answers."""
    if not plain:
        return STATUS_LINE[status]
    headers = ((b"content-type", content_type.encode("latin-1")), _SAFE, _NO_STORE)
    return STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % header for header in headers)


def _one_line(value: str) -> bytes:
    if "\r" in value or "\n" in value:
        raise ValueError("a header has more than one line")
    return value.encode("latin-1")
