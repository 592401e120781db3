"""What tests of a node share: releases that build from hand-made wheels alone, a master that only listens."""

import os
import pwd
import queue
import shutil
import tempfile
import textwrap
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs

import pytest

from slap_domain.model.computer import AssignedInstance
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.instance import InstanceState
from slap_domain.model.partition import PartitionPlace
from slap_domain.model.references import InstanceGuid, InstanceTitle, PartitionId, SoftwareType, SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_domain.ports.instance_builder import InstanceBuild
from slap_node.buildout.instance_builder import BuildoutInstanceBuilder
from slap_node.buildout.release_builder import BuildoutReleaseBuilder
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.partitions.places import owner_of, partition_place
from slap_node.settings import NodeSettings, node_settings

RECIPES = '''
import os, sys, time


class Write:
    """Writes its text to its path."""

    def __init__(self, buildout, name, options):
        self.options = options
        self.text = options["text"]

    def install(self):
        os.makedirs(os.path.dirname(self.options["path"]), exist_ok=True)
        with open(self.options["path"], "w") as file:
            file.write(self.text + "\\n")
        if self.options.get("executable"):
            os.chmod(self.options["path"], 0o755)
        return [self.options["path"]]

    update = install


class Render(Write):
    """Writes the options of other sections that `of` names, when it is installed; an update does nothing."""

    def __init__(self, buildout, name, options):
        self.options = options
        pairs = [word.split(":") for word in options["of"].split()]
        self.text = " ".join(repr(buildout[section][option]) for section, option in pairs)

    def update(self):
        pass


class Copy(Write):
    """Copies a file, `$$` in it becoming `$`."""

    def __init__(self, buildout, name, options):
        self.options = options
        with open(options["source"]) as file:
            self.text = file.read().replace("$$", "$")


class Objects:
    """Sets options that are no strings, as slapconfiguration does."""

    def __init__(self, buildout, name, options):
        options["mapping"] = {"name": options["name"], "list": [1, 2.5, None, True]}
        options["set"] = {"a", "b", "c"}
        options["text"] = "!py!1"

    def install(self):
        return []

    update = install


class Run:
    """Runs its Python code: each test says what a recipe does."""

    def __init__(self, buildout, name, options):
        self.code = options["code"]

    def install(self):
        exec(self.code, {"os": os, "sys": sys, "time": time})
        return []

    update = install
'''
ENTRY_POINTS = """
[zc.buildout]
write = demo_recipes:Write
render = demo_recipes:Render
copy = demo_recipes:Copy
objects = demo_recipes:Objects
run = demo_recipes:Run
"""


def make_wheel(folder: Path, name: str = "demo_recipes", version: str = "1.0") -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": RECIPES,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": ENTRY_POINTS,
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in (files | {f"{info}/RECORD": record}).items():
            wheel.writestr(file, text)
    return path


class Site:
    """Directories of a node; as root, releases and partitions belong to users of their own."""

    def __init__(self, root: Path, software: Path | None = None) -> None:
        self.root = root
        self.software = software or root / "software"
        self.is_root = os.geteuid() == 0
        self.wheels = root / "wheels"
        for folder in (*(() if software else ("software",)), "instance", "wheels", "index", "profiles"):
            (root / folder).mkdir(mode=0o755)
        make_wheel(self.wheels)
        # As `node format` does it: users of partitions are in the group that releases belong to.
        if software is None:
            self._give(self.software, "nobody", "daemon")
        self.settings = self.configure()

    def configure(self, **overrides: object) -> NodeSettings:
        text = f"""
        [slapos]
        computer_id = COMP-1
        master_url = http://127.0.0.1:1
        software_root = {self.software}
        instance_root = {self.root}/instance
        software_min_free_space = 1M
        instance_min_free_space = 1M
        """
        self.settings = node_settings(parse_configuration(textwrap.dedent(text), "slapos.cfg"), overrides)
        return self.settings

    def _give(self, path: Path, user: str, group_of: str = "") -> None:
        if self.is_root:
            gid = pwd.getpwnam(group_of or user).pw_gid
            os.chown(path, pwd.getpwnam(user).pw_uid, gid)

    def partition(self, name: str = "slappart0", user: str = "daemon") -> PartitionPlace:
        path = self.root / "instance" / name
        if not path.exists():
            path.mkdir(mode=0o750)
            path.chmod(0o750)
            self._give(path, user)
        return partition_place(self.settings.instance_root, PartitionId(name))

    def profile(self, name: str, text: str) -> SoftwareUrl:
        """Write a profile whose parts may use the demo recipes."""
        path = self.root / "profiles" / name
        head = f"""
        [buildout]
        find-links = {self.wheels}
        index = {self.root}/index
        """
        path.write_text(textwrap.dedent(head) + textwrap.dedent(text))
        return SoftwareUrl(str(path))

    def release(self, name: str, instance: str, software: str = "") -> SoftwareUrl:
        """Write a release that has the demo recipes and this instance profile, `$` doubled."""
        (self.root / "profiles" / f"{name}.instance.cfg").write_text(textwrap.dedent(instance))
        return self.profile(
            f"{name}.cfg",
            f"""
            parts = instance
            {software}
            [instance]
            recipe = demo_recipes:copy
            source = ${{:_profile_base_location_}}/{name}.instance.cfg
            path = ${{buildout:directory}}/instance.cfg
            """,
        )

    def directory(self, release: SoftwareUrl) -> Path:
        return self.software / release_directory_name(release)

    def build_of(
        self, release: SoftwareUrl, place: PartitionPlace | None = None, **values: object
    ) -> InstanceBuild:
        instance = AssignedInstance(
            guid=InstanceGuid("1"),
            title=InstanceTitle("web"),
            root_title=InstanceTitle("web"),
            release=release,
            type=SoftwareType("default"),
            state=InstanceState.STARTED,
        )
        return InstanceBuild(place=place or self.partition(), instance=replace(instance, **values))

    def owner(self, path: Path) -> str:
        return pwd.getpwuid(path.stat().st_uid).pw_name

    def account_of(self, path: Path):
        return owner_of(PurePosixPath(path))


def make_root() -> Path:
    # Users other than ours must be able to reach it.
    root = Path(tempfile.mkdtemp(prefix="slapos-node-"))
    root.chmod(0o755)
    return root


@pytest.fixture
def site() -> Iterator[Site]:
    root = make_root()
    try:
        yield Site(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


class BuiltSite(Site):
    """A site of its own whose releases were built for all tests of the session."""

    HELLO = """
[buildout]
parts = hello
[hello]
recipe = demo_recipes:write
text = hello
path = $${buildout:directory}/etc/hello
"""

    def __init__(self, root: Path, workshop: Site, release: SoftwareUrl) -> None:
        super().__init__(root, workshop.software)
        self._release = release

    def deployable(self, instance: str) -> SoftwareUrl:
        """Return the one built release, with this instance profile, `$` doubled."""
        profile = self.directory(self._release) / "instance.cfg"
        profile.write_text(textwrap.dedent(instance).replace("$$", "$"))
        return self._release

    def deploy(self, build: InstanceBuild, warm: WarmBuilders | None = None, **options: object) -> list[str]:
        """Deploy an instance and return the lines that were printed."""
        texts: list[str] = []
        BuildoutInstanceBuilder(settings=self.settings, warm=warm, **options).build(build, texts.append)
        return self.lines_of(texts)

    @staticmethod
    def lines_of(texts: list[str]) -> list[str]:
        """Return the lines of an output, of which several may be told at once."""
        return "\n".join(texts).split("\n")


@pytest.fixture(scope="session")
def workshop() -> Iterator[tuple[Site, SoftwareUrl]]:
    root = make_root()
    try:
        site = Site(root)
        release = site.release("demo", "[buildout]\nparts =\n")
        BuildoutReleaseBuilder(settings=site.settings).build(release, lambda line: None)
        yield site, release
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def built_site(workshop) -> Iterator[BuiltSite]:
    root = make_root()
    try:
        yield BuiltSite(root, *workshop)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def http_master():
    """Return a server that takes what is posted; `received` holds path and form of each."""
    received = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            received.put((self.path, {key: values[0] for key, values in form.items()}))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.received = received
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
