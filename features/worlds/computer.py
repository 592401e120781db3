"""A computer and its master, configured in files as an operator would, driven through `slapos`."""

import json
import shlex
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Protocol

import psutil
from features.worlds.command_line import CommandLine
from features.worlds.loopback import free_port, listens

COMPUTER = "COMP-1"
_NODE = """\
[slapos]
computer_id = {computer}
master_url = {url}
software_root = {software_root}
instance_root = {directory}/instance
root_check = false
single_user = true

[slapformat]
partition_amount = 3
alter_user = false
alter_network = false
create_tap = false
partition_has_ipv6_range = false
shared_addresses = 127.0.0.1 ::1
computer_xml = {directory}/slapos.xml
"""
# The existing master reads its configuration as a node does; ours passes over that.
MASTER_CONFIGURATION = """\
[slapos]
computer_id = {computer}
master_url = {url}
software_root = {directory}/software
instance_root = {directory}/instance

[slapproxy]
host = 127.0.0.1
port = {port}
database_uri = {directory}/proxy.sqlite
computer_id = {computer}
shacache_content_directory = {directory}/cache/content
shacache_metadata_directory = {directory}/cache/metadata
software_product_list =
  hello http://127.0.0.1:9/hello.cfg
"""


# Commands of two words, after which --cfg comes: `node stop` and its kin end with names of processes.
_FAMILIES = {"node", "proxy", "service", "computer", "cache", "cachelookup"}


class OtherMaster(Protocol):
    """A master that runs already, and forgets what it was told when a scenario begins."""

    port: int

    def forget(self) -> None:
        """Begin with no records."""


@dataclass
class Computer:
    """The files of a computer, and the words of its commands.

    Attributes:
        other_master: in place of ours.
    """

    shell: CommandLine
    port: int = 0
    other_master: OtherMaster | None = None
    known_urls: dict[str, str] = field(default_factory=dict)
    built: "Computer | None" = None
    greeting: str = "Hello"

    @property
    def url(self) -> str:
        """Return where its master answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def configuration(self) -> Path:
        """Return the node's configuration."""
        return self.shell.directory / "slapos.cfg"

    @property
    def release(self) -> Path:
        """Return the profile of its release."""
        return self.shell.local_release() if self.built is None else self.built.release

    @property
    def software_root(self) -> Path:
        """Return where its releases are: those of a computer that has built already, if there is one."""
        return self.shell.directory / "software" if self.built is None else self.built.software_root

    def configure(self) -> None:
        """Write the configuration files."""
        self.port = free_port() if self.other_master is None else self.other_master.port
        values = {
            "computer": COMPUTER,
            "url": self.url,
            "port": self.port,
            "directory": self.shell.directory,
            "software_root": self.software_root,
        }
        for name, text in (
            ("slapos.cfg", _NODE.format_map(values)),
            ("slapos-proxy.cfg", MASTER_CONFIGURATION.format_map(values)),
            ("slapos-client.cfg", f"[slapos]\nmaster_url = {self.url}\n"),
        ):
            (self.shell.directory / name).write_text(text)

    def build(self) -> None:
        """Build its release, for computers that refer to it."""
        self.configure()
        self.start_master()
        for run, words in (
            (self.operator_runs, "node format --now"),
            (self.tenant_runs, "supply RELEASE COMPUTER"),
            (self.operator_runs, "node software --now"),
        ):
            run(words)
            assert self.shell.last.status == 0, self.shell.last.err

    def start_master(self) -> None:
        """Start the master and wait until it answers."""
        if self.other_master is None:
            self.shell.serve(self.shell.directory / "slapos-proxy.cfg")
        else:
            self.other_master.forget()

    def master_answers(self) -> bool:
        """Tell whether the master listens."""
        return listens(self.port)

    def operator_runs(self, words: str) -> None:
        """Run a command of the node or of the master."""
        name = "slapos-proxy.cfg" if words.startswith("proxy") else "slapos.cfg"
        self._run(words, self.shell.directory / name)

    def tenant_runs(self, words: str, typed: str = "") -> None:
        """Run a command of a tenant, which can read what is typed."""
        self._run(words, self.shell.directory / "slapos-client.cfg", typed)

    def release_directory(self) -> Path:
        """Return where its release is built."""
        name = md5(str(self.release).encode(), usedforsecurity=False).hexdigest()
        return self.software_root / name

    def partition(self, number: int = 0) -> Path:
        """Return the directory of a partition."""
        return self.shell.directory / "instance" / f"slappart{number}"

    def url_of(self, title: str) -> str:
        """Return the URL that an instance published, the last known one when the master no longer tells."""
        before = self.shell.last
        self.tenant_runs(f"service info {title} --format json")
        found = self.shell.last
        self.shell.last = before
        if found is not None and found.status == 0:
            self.known_urls[title] = json.loads(found.out)["connection-parameters"]["url"]
        return self.known_urls[title]

    def port_of(self, title: str) -> int:
        """Return the port of the URL that an instance published."""
        return int(self.url_of(title).split(":")[-1].strip("/"))

    def programs_of(self, title: str) -> list[psutil.Process]:
        """Return the processes that serve the page of an instance."""
        port = str(self.port_of(title))
        return [one for one in self.shell.processes() if one.cmdline()[-1:] == [port]]

    def operator_starts(self, words: str) -> None:
        """Start a command of the node, and leave it running."""
        self.shell.start(*self._command(words, self.shell.directory / "slapos.cfg"))

    def _run(self, words: str, configuration: Path, typed: str = "") -> None:
        self.shell.run(*self._command(words, configuration), typed=typed)

    def _command(self, words: str, configuration: Path) -> list[str | Path]:
        meant = {
            "RELEASE": str(self.release),
            "BROKEN": str(self.shell.directory / "broken.cfg"),
            "BARE": str(self.shell.directory / "bare.cfg"),
            "COMPUTER": COMPUTER,
            "MASTER": self.url,
        }
        command = [meant.get(word, word) for word in shlex.split(words)]
        depth = 2 if command[0] in _FAMILIES and len(command) > 1 and command[1][0] != "-" else 1
        return [*command[:depth], "--cfg", configuration, *command[depth:]]
