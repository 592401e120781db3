"""Reading what stands beside a release."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from slap_cli.tenant import documents
from slap_cli.tenant.documents import read_document
from slap_domain.errors import InvalidInput, MasterUnreachable, NotFound

ANSWERS = {
    "/text.json": (200, "{é}".encode()),
    "/binary": (200, b"\xff\xfe"),
    "/gone": (410, b""),
    "/broken": (500, b""),
}


@pytest.fixture(scope="module")
def server():
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = ANSWERS.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_a_document_is_read_over_http(server):
    assert read_document(f"{server}/text.json") == "{é}"


@pytest.mark.parametrize(
    ("path", "failure", "message"),
    [
        ("/none", NotFound, "does not exist"),
        ("/gone", NotFound, "does not exist"),
        ("/broken", MasterUnreachable, "answers 500"),
        ("/binary", InvalidInput, "is not UTF-8 text"),
    ],
)
def test_what_cannot_be_read_is_classified(server, path, failure, message):
    with pytest.raises(failure, match=message):
        read_document(server + path)


def test_a_server_that_is_away_is_named():
    with pytest.raises(MasterUnreachable, match=r"http://127\.0\.0\.1:9/x cannot be read"):
        read_document("http://127.0.0.1:9/x")


@pytest.mark.parametrize("url", ["ftp://host/x.json", "file://elsewhere/x.json"])
def test_other_urls_are_refused(url):
    with pytest.raises(InvalidInput, match="is none of http, https and file"):
        read_document(url)


def test_a_file_url_is_its_file(tmp_path):
    path = tmp_path / "with space é.json"
    path.write_text("{}")
    assert read_document(path.as_uri()) == "{}"
    assert read_document(path.as_uri().replace("file://", "file://localhost")) == "{}"
    with pytest.raises(NotFound, match="cannot be read"):
        read_document((tmp_path / "none").as_uri())


def test_a_document_is_read_from_a_file(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{}")
    assert read_document(str(path)) == "{}"
    with pytest.raises(NotFound, match="cannot be read"):
        read_document(str(tmp_path / "none"))


def test_what_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_SIZE_LIMIT", 3)
    path = tmp_path / "x.json"
    path.write_text("1234")
    with pytest.raises(InvalidInput, match="is larger than 3 bytes"):
        read_document(str(path))


def test_a_server_that_is_away_is_told_in_words(server):
    with pytest.raises(MasterUnreachable, match="cannot be read: Connection refused"):
        read_document("http://127.0.0.1:1/a.json")
