"""A cache server that keeps what it is sent, and can be told to lie; and signers."""

import hashlib
import http.server
import json
import os
import shutil
import threading
from pathlib import PurePosixPath

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from features.worlds.signer import make_signer

from slap_domain.model.software_release import release_directory_name
from slap_node.networkcache.release_cache import CachePlace, NetworkReleaseCache
from slap_node.networkcache.settings import network_cache_settings
from slap_node.networkcache.staging import NAME as NAME_OF_STAGING

URL = "https://example.com/software/web/software.cfg"
NAME = release_directory_name(URL)
PYTHON = "/usr/bin/python3"


class CacheServer(http.server.ThreadingHTTPServer):
    """A shacache and a shadir in memory.

    Attributes:
        lie: what is done to a content before it is sent.
        break_after: bytes after which the connection breaks off, once for each number in the list.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.contents, self.entries, self.requests = {}, {}, []
        self.lie = lambda content: content
        self.break_after = []
        self.status = 0
        self.ranges = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def options(self):
        """Return section [networkcache] for this server, downloads and uploads."""
        return {
            "download-binary-cache-url": f"{self.url}/cache",
            "download-binary-dir-url": f"{self.url}/dir",
            "upload-binary-cache-url": f"{self.url}/cache",
            "upload-binary-dir-url": f"{self.url}/dir/",
            "download-dir-url": f"{self.url}/dir",
        }

    def handle_error(self, request, client_address):
        """Clients of these tests break off on purpose."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _begin(self):
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        if self.server.status:
            self._body()
            self._answer(self.server.status, b"out of\norder")
        return not self.server.status

    def do_GET(self):
        if not self._begin():
            return
        _, kind, name = self.path.split("/", 2)
        store = self.server.entries if kind == "dir" else self.server.contents
        if name not in store:
            self._answer(404, b"no such thing")
        elif kind == "dir":
            self._answer(
                200, store[name] if isinstance(store[name], bytes) else json.dumps(store[name]).encode()
            )
        else:
            self._send_content(self.server.lie(store[name]))

    def _send_content(self, content):
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        if start and self.server.ranges:
            if start >= len(content):
                self._answer(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            content = content[start:]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.server.break_after:
            self.wfile.write(content[: self.server.break_after.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(content)

    def do_POST(self):
        if self._begin():
            body = self._body()
            sha512 = hashlib.sha512(body).hexdigest()
            self.server.contents[sha512] = body
            self._answer(201, self.server.lie(sha512.encode()))

    def do_PUT(self):
        if self._begin():
            key = self.path.rpartition("/")[2]
            self.server.entries.setdefault(key, []).append(json.loads(self._body()))
            self._answer(201)


@pytest.fixture
def cache():
    server = CacheServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Signer:
    """A private key and its certificate."""

    def __init__(self, key_file, key):
        self.key = key
        self.key_file = key_file
        self.certificate = make_signer(key_file, key)


@pytest.fixture(scope="session")
def signers(tmp_path_factory):
    """Return three signers: two with RSA keys, one with an elliptic curve."""
    folder = tmp_path_factory.mktemp("keys")
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)] + [
        ec.generate_private_key(ec.SECP256R1())
    ]
    return [Signer(folder / f"{number}.key", key) for number, key in enumerate(keys)]


class Machine:
    """A software root and the cache it uses."""

    def __init__(self, root, cache, signer, **options):
        self.root = root
        self.release = root / NAME
        settings = network_cache_settings(
            {
                **cache.options(),
                "signature-private-key-file": str(signer.key_file),
                "signature-certificate-list": signer.certificate,
                **options,
            }
        )
        place = CachePlace(
            software_root=PurePosixPath(root), owner_of=lambda path: None, links_allowed=frozenset({PYTHON})
        )
        self.waits = []
        self.cache = NetworkReleaseCache(settings, place, pause=7, wait=self.waits.append)

    def build(self):
        """Make what a build makes."""
        (self.release / "bin").mkdir(parents=True)
        program = self.release / "bin" / "server"
        program.write_text("#!/bin/sh\necho served\n")
        program.chmod(0o750)
        (self.release / "bin" / "python").symlink_to(PYTHON)
        (self.release / "bin" / "start").symlink_to("server")
        (self.release / "lib").symlink_to(self.release / "bin")
        os.link(program, self.release / "again")
        (self.release / ".netrc").write_text("machine secret")
        (self.release / ".completed").write_text("now")
        (self.release / ".python").mkdir(mode=0o700)
        (self.release / ".python" / "pip.conf").write_text("password")

    def publish(self):
        """Build, send, and forget."""
        self.build()
        self.cache.offer(URL)
        self.forget()

    def forget(self):
        shutil.rmtree(self.release, ignore_errors=True)

    def leftovers(self):
        beside = {self.release, self.root / NAME_OF_STAGING}
        assert set(self.root.iterdir()) <= beside
        return sorted(path.name for path in self.staging().iterdir())

    def staging(self):
        return self.root / NAME_OF_STAGING


@pytest.fixture
def machine(tmp_path, cache, signers):
    (tmp_path / "soft" / NAME_OF_STAGING).mkdir(parents=True, mode=0o700)
    return Machine(tmp_path / "soft", cache, signers[0])


@pytest.fixture
def another_machine():
    """Return what makes further machines: of a software root, the cache, a signer and options."""
    return Machine
