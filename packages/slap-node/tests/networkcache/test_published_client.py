"""The published client of caches, pip-installed, and our master and node: each uses what the other sent."""

import hashlib
import json
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import PurePosixPath

import pytest

from slap_domain.model.binary_cache import entry_text
from slap_domain.model.software_release import release_directory_name
from slap_node.networkcache.lookup import CacheLookup
from slap_node.networkcache.platforms import this_platform
from slap_node.networkcache.release_cache import CachePlace, NetworkReleaseCache
from slap_node.networkcache.settings import network_cache_settings

pytestmark = [pytest.mark.index, pytest.mark.peer]
URL = "https://example.com/software/web/software.cfg"
NAME = release_directory_name(URL)
DOWNLOAD = "https://example.com/source.tar.gz"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Install the client in an environment of its own; return the directory of its programs."""
    folder = tmp_path_factory.mktemp("published")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = folder / "bin"
    install = [programs / "python", "-m", "pip", "install", "-q", "slapos.libnetworkcache"]
    subprocess.run(install, check=True, timeout=300)
    return programs


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """Run our master with a cache; return its URL."""
    folder = tmp_path_factory.mktemp("master")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = folder / "slapos-proxy.cfg"
    configuration.write_text(
        f"[slapproxy]\nhost = 127.0.0.1\nport = {port}\ndatabase_uri = {folder}/master.db\n"
        f"shacache_content_directory = {folder}/contents\nshacache_metadata_directory = {folder}/entries\n"
    )
    process = subprocess.Popen([sys.executable, "-m", "slap_proxy", "--cfg", configuration], cwd=folder)
    _await(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(20) == 0


def _await(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the master does not listen")


class Client:
    """The published programs, with the configuration that our node reads too."""

    def __init__(self, programs, folder, master, signer):
        self._programs, self._folder = programs, folder
        self.options = {
            **{f"{use}-{kind}url": f"{master}/shacache/{kind.split('-')[-2]}" for use, kind in _uses()},
            "signature-private-key-file": str(signer.key_file),
            "signature-certificate-list": signer.certificate,
        }
        lines = [f"{key} = {value.strip()}".replace("\n", "\n  ") for key, value in self.options.items()]
        self._configuration = folder / "slapos.cfg"
        self._configuration.write_text("\n".join(["[networkcache]", *lines, ""]))

    def run(self, program, *words):
        command = [self._programs / f"networkcache-{program}", "-c", self._configuration, *words]
        return subprocess.run(command, capture_output=True, check=False, timeout=60)

    def upload(self, file, *words):
        done = self.run("upload", "-f", file, *words)
        assert done.returncode == 0, done.stderr

    def node(self, **options):
        root = self._folder / "soft"
        (root / ".networkcache").mkdir(parents=True, mode=0o700, exist_ok=True)
        place = CachePlace(
            software_root=PurePosixPath(root), owner_of=lambda path: None, links_allowed=frozenset()
        )
        return NetworkReleaseCache(network_cache_settings({**self.options, **options}), place), root / NAME


def _uses():
    kinds = [f"{binary}{server}-" for binary in ("", "binary-") for server in ("cache", "dir")]
    return [(use, kind) for use in ("download", "upload") for kind in kinds]


@pytest.fixture
def client(published, master, signers, tmp_path):
    return Client(published, tmp_path, master, signers[0])


def test_a_download_that_it_sent_is_found_and_believed(client, tmp_path):
    (tmp_path / "source").write_text("a source")
    client.upload(tmp_path / "source", "-u", DOWNLOAD)

    found = CacheLookup(network_cache_settings(client.options)).file(DOWNLOAD)

    assert found.others == ()
    assert found.trusted[0].sha512 == hashlib.sha512(b"a source").hexdigest()
    assert client.run("download", "-u", DOWNLOAD).stdout == b"a source"


def test_a_release_that_it_sent_is_fetched(client, tmp_path):
    (tmp_path / "server").write_text("served")
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(tmp_path / "server", f"{NAME}/bin/server")
    node, release = client.node()
    entry = json.loads(entry_text(sha512="", url=URL, platform=this_platform(PurePosixPath(release.parent))))
    del entry["sha512"]
    (tmp_path / "entry.json").write_text(json.dumps(entry))
    client.upload(archive, "-k", NAME, "-m", tmp_path / "entry.json")

    assert node.fetch(URL)
    assert (release / "bin" / "server").read_text() == "served"


@pytest.mark.parametrize(("digest", "believed"), [("sha1", True), ("sha256", False)])
def test_it_believes_what_our_node_signs_for_it(client, digest, believed):
    url = f"https://example.com/{digest}/software.cfg"
    node, release = client.node(**{"signature-digest": digest})
    other = release.with_name(release_directory_name(url))
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "server").write_text("served")

    node.offer(url)

    listed = client.run("download", "-l", "-k", release_directory_name(url))
    assert (b"software_url" in listed.stdout) is believed, listed
