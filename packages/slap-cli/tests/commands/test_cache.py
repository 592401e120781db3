"""Asking the network cache, served by a small server in this process."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

URL = "http://git.erp5.org/gitweb/slapos.git/blob_plain/refs/tags/slapos-0.156:/software/kvm/software.cfg"
MD5 = "4410088e11f370503e9d78db4cfa4ec4"
ENTRY = json.dumps(
    {"sha512": "0" * 128, "software_url": URL, "multiarch": "x", "os": ["debian", "12", "bookworm"]}
)


@pytest.fixture
def cache(tmp_path, slapos, monkeypatch):
    asked = []

    class Directory(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            known = self.path.endswith(MD5)
            body = json.dumps([[ENTRY, ""]]).encode() if known else b"none"
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Directory)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    configuration = tmp_path / "slapos.cfg"
    configuration.write_text(
        "[slapos]\ncomputer_id = COMP-1\nmaster_url = http://127.0.0.1:9/\n"
        f"software_root = {tmp_path}/soft\ninstance_root = {tmp_path}/inst\n"
        "[networkcache]\n"
        f"download-binary-dir-url = http://127.0.0.1:{server.server_port}/binary\n"
        f"download-dir-url = http://127.0.0.1:{server.server_port}/source\n"
    )
    monkeypatch.setenv("SLAPOS_CONFIGURATION", str(configuration))
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("command", [("cache", "lookup"), ("cachelookup", "binary-sr")])
def test_builds_of_a_release_are_looked_up_by_url(cache, slapos, command):
    ran = slapos(*command, URL)
    assert ran.status == 0, ran.err
    assert ran.out.startswith(f"Software URL: {URL}\nMD5:          {MD5}\n-------------\nAvailable for:\n")
    assert "1 entry is not signed" in ran.out
    assert cache == [f"/binary/{MD5}"]


def test_a_machine_that_is_no_node_may_look_up(cache, slapos, tmp_path):
    configuration = tmp_path / "slapos.cfg"
    configuration.write_text("[networkcache]" + configuration.read_text().partition("[networkcache]")[2])
    ran = slapos("cache", "lookup", MD5)
    assert ran.status == 0, ran.err
    assert "is not used by this machine" not in ran.out


def test_builds_of_a_release_are_looked_up_by_hash(cache, slapos):
    ran = slapos("cache", "lookup", MD5)
    assert ran.status == 0
    assert f"MD5:          {MD5}" in ran.out


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("cache", "source", "http://file/x.tar.gz"), "file-urlmd5:"),
        (("cachelookup", "url", "http://file/x.tar.gz"), "file-urlmd5:"),
        (("cachelookup", "pypi", "slapos.cookbook", "1.0"), "pypi:slapos.cookbook=1.0"),
    ],
)
def test_what_the_cache_does_not_have_is_said(cache, slapos, words, key):
    ran = slapos(*words)
    assert ran.status == 1
    assert ran.err.startswith("error: ")
    assert len(cache) == 1
    assert cache[0].startswith(f"/source/{key}")
