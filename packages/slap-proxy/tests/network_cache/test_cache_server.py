import base64
import hashlib
import http.server
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from slap_proxy.settings import Limits, NetworkCache

CONTENT = b"archive" * 100_000
SHA512 = hashlib.sha512(CONTENT).hexdigest()
OTHER = b"other"
OTHER_SHA512 = hashlib.sha512(OTHER).hexdigest()
ENTRY = ['{"sha512": "x"}', base64.b64encode(b"signature").decode()]


@contextmanager
def connected(client):
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, timeout=10) as connection:
        yield connection


@pytest.fixture
def directories(tmp_path):
    return NetworkCache(content=tmp_path / "content", metadata=tmp_path / "metadata")


@pytest.fixture
def cache(settings, serve, directories):
    with serve(replace(settings, cache=directories)) as client:
        yield client


def test_a_content_comes_back_under_its_sum(cache):
    answer = cache.post("/shacache/cache", content=CONTENT)
    assert (answer.status_code, answer.text) == (201, SHA512)
    got = cache.get(f"/shacache/cache/{SHA512}")
    assert got.content == CONTENT
    assert got.headers["cache-control"] == "no-store"


def test_part_of_a_content_can_be_asked_for(cache):
    cache.post("/shacache/cache", content=CONTENT)
    got = cache.get(f"/shacache/cache/{SHA512}", headers={"Range": "bytes=7-13"})
    assert (got.status_code, got.content) == (206, b"archive")


def test_a_content_under_a_wrong_sum_is_refused_and_not_kept(cache, directories):
    refused = cache.put(f"/shacache/cache/{'0' * 128}", content=CONTENT)
    assert refused.status_code == 400
    assert SHA512 in refused.text
    assert list(directories.content.iterdir()) == []
    assert cache.put(f"/shacache/cache/{SHA512}", content=CONTENT).status_code == 201


@pytest.mark.parametrize("name", ["..", "x", "A" * 128, "%2e%2e%2fsecret", "..%2f..%2fetc%2fpasswd"])
def test_other_names_are_no_contents(cache, name):
    assert cache.get(f"/shacache/cache/{name}").status_code in {400, 404}


def test_missing_things_are_404(cache):
    assert cache.get(f"/shacache/cache/{SHA512}").status_code == 404
    assert cache.get("/shacache/dir/absent").status_code == 404


def test_entries_add_up(cache):
    key = "/shacache/dir/file-urlmd5:0123"
    other = ['{"sha512": "y"}', ""]
    for entry in (ENTRY, other, ENTRY):
        assert cache.put(key, content=json.dumps(entry)).status_code == 201
    assert cache.get(key).json() == [other, ENTRY]


@pytest.mark.parametrize("body", [b"", b"{}", b'["a"]', b'["a", 1]', b'["a","b","c"]', b"[" * 10_000])
def test_what_is_no_entry_is_refused(cache, body):
    assert cache.put("/shacache/dir/key", content=body).status_code == 400


def test_a_large_entry_is_refused(cache):
    assert cache.put("/shacache/dir/key", content=b" " * 1_100_000).status_code == 413


@pytest.mark.parametrize("key", ["..", ".hidden", "a b", "x" * 300])
def test_other_keys_are_refused(cache, key):
    assert cache.put(f"/shacache/dir/{key}", content=json.dumps(ENTRY)).status_code in {400, 404}


def test_a_content_beyond_the_limit_is_refused(settings, serve, directories):
    limits = Limits(cached_object=1000)
    with serve(replace(settings, cache=directories, limits=limits)) as client:
        assert client.post("/shacache/cache", content=CONTENT).status_code == 413
    assert list(directories.content.iterdir()) == []


def test_a_client_that_goes_away_leaves_nothing(cache, directories):
    def pieces():
        yield CONTENT[:1000]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        cache.post("/shacache/cache", content=pieces())
    assert cache.get("/getRunId").status_code == 200
    assert not [path for path in directories.content.glob("*") if not path.name.startswith(".incoming-")]


def test_without_directories_there_is_no_cache(client):
    for path in ("cache", f"cache/{SHA512}", "dir/key"):
        assert client.get(f"/shacache/{path}").status_code == 503


@pytest.fixture
def downstream(settings, serve, cache, tmp_path):
    url = str(cache.base_url).rstrip("/")
    own = NetworkCache(
        content=tmp_path / "down" / "content",
        metadata=tmp_path / "down" / "metadata",
        upstream_content=f"{url}/shacache/cache",
        upstream_metadata=f"{url}/shacache/dir/",
    )
    with serve(replace(settings, cache=own)) as client:
        yield client, own


def test_what_is_missing_comes_from_upstream_and_stays(cache, downstream):
    client, own = downstream
    cache.post("/shacache/cache", content=CONTENT)
    cache.put("/shacache/dir/key", content=json.dumps(ENTRY))
    assert client.get(f"/shacache/cache/{SHA512}").content == CONTENT
    assert client.get("/shacache/dir/key").json() == [ENTRY]
    assert (own.content / SHA512).read_bytes() == CONTENT
    assert json.loads((own.metadata / "key").read_bytes()) == [ENTRY]
    assert client.get(f"/shacache/cache/{'0' * 128}").status_code == 404
    assert client.get("/shacache/dir/absent").status_code == 404


def test_an_upstream_that_lies_is_not_believed(cache, downstream, directories):
    client, own = downstream
    cache.post("/shacache/cache", content=CONTENT)
    (directories.content / SHA512).write_bytes(b"something else")
    directories.metadata.mkdir(exist_ok=True)
    (directories.metadata / "key").write_bytes(b"no json")
    assert client.get(f"/shacache/cache/{SHA512}").status_code == 503
    assert client.get("/shacache/dir/key").status_code == 503
    assert not own.metadata.exists()
    assert list(own.content.iterdir()) == []


def test_an_upstream_that_is_away_is_unreachable(settings, serve, directories):
    away = replace(
        directories, upstream_content="http://127.0.0.1:9/", upstream_metadata="http://127.0.0.1:9/"
    )
    with serve(replace(settings, cache=away)) as client:
        assert client.get("/shacache/dir/key").status_code == 523
        assert client.get(f"/shacache/cache/{SHA512}").status_code == 523


def test_public_files_are_served_when_configured(settings, serve, tmp_path, client: httpx.Client):
    assert client.get("/panel/public/a.txt").status_code == 404
    public = tmp_path / "public"
    public.mkdir()
    (public / "a.txt").write_text("hello", encoding="utf-8")
    with serve(replace(settings, public_directory=public)) as serving:
        assert serving.get("/panel/public/a.txt").text == "hello"
        assert serving.get("/panel/public/..%2f..%2fproxy.sqlite").status_code == 404


def test_a_content_that_stops_arriving_is_given_up(settings, serve, directories):
    limits = Limits(seconds=0.2)
    with serve(replace(settings, cache=directories, limits=limits)) as client:
        for verb, path in (("POST", "cache"), ("PUT", "dir/key")):
            with connected(client) as connection:
                head = f"{verb} /shacache/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
                connection.sendall(head.encode() + b"begin")
                assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
    assert list(directories.content.iterdir()) == []


def test_a_download_from_upstream_holds_up_no_other(settings, serve, tmp_path):
    """While one content trickles in, another one comes and goes."""
    reached, go_on = threading.Event(), threading.Event()

    class Upstream(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith(SHA512):
                reached.set()
                go_on.wait(30)
            found = self.path.endswith((SHA512, OTHER_SHA512))
            content = CONTENT if self.path.endswith(SHA512) else OTHER
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        serving = threading.Thread(target=upstream.serve_forever)
        serving.start()
        url = f"http://127.0.0.1:{upstream.server_port}"
        own = NetworkCache(content=tmp_path / "c", metadata=tmp_path / "m", upstream_content=url)
        try:
            with serve(replace(settings, cache=own)) as client, ThreadPoolExecutor(1) as threads:
                slow = threads.submit(client.get, f"/shacache/cache/{SHA512}")
                assert reached.wait(10)
                assert client.get(f"/shacache/cache/{OTHER_SHA512}").content == OTHER
                assert not slow.done()
                go_on.set()
                assert slow.result(10).content == CONTENT
        finally:
            go_on.set()
            upstream.shutdown()
            serving.join()
