"""How long `slapos node instance` takes over many partitions: first pass, nothing changed, one changed.

    python benchmarks/node_passes.py [--partitions 100] [--peer ENVIRONMENT]

Both nodes work against the embedded master, on the same release, in directories of their own, one after the
other; every pass is a command of its own, timed from its start to its end. Modules are compiled, as pip
leaves them: ours are compiled first, and a variable that keeps Python from writing them is not passed on.
With `--peer`, an environment that has slapos.core 1.26.1 on Python 3.12 or later, the existing node is
measured too, and the ratios are printed.
"""

import argparse
import compileall
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from master_processes import our_command, running
from peer_environment import add_peer

from slap_domain.model.computer import ComputerDescription, PartitionDescription
from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import ComputerGuid, InstanceTitle, PartitionId, SoftwareUrl
from slap_domain.model.software_release import SoftwareState, release_directory_name
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.hosts import HttpMasterForHosts
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants

OURS = str(Path(sys.executable).with_name("slapos"))
PROFILE = "[buildout]\nparts =\n"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compile_ours() -> None:
    """Compile the modules of this environment that are not, as pip does when it installs them."""
    standard = sysconfig.get_path("stdlib")
    for place in filter(os.path.isdir, sys.path):
        if not place.startswith(standard):
            compileall.compile_dir(place, quiet=2)


def give(directory: Path) -> None:
    """Make a directory; as root, an ordinary user's: neither node works in root's."""
    directory.mkdir(mode=0o750)
    if os.geteuid() == 0:
        entry = pwd.getpwnam("nobody")
        os.chown(directory, entry.pw_uid, entry.pw_gid)


def url_of(port: int) -> str:
    """Return the URL of a master of this machine."""
    return f"http://127.0.0.1:{port}"


class Node:
    """A node with its own partitions."""

    def __init__(self, root: Path, name: str, url: str, partitions: int, command: str) -> None:
        self.command = command
        self.computer = ComputerGuid(f"COMP-{name}")
        self.root = root / name
        self.instances = self.root / "i"
        self.instances.mkdir(parents=True)
        for index in range(partitions):
            give(self.instances / f"slappart{index}")
        self.cfg = self.root / "slapos.cfg"
        self.cfg.write_text(
            f"[slapos]\ncomputer_id = {self.computer}\nmaster_url = {url}\nsoftware_root = {root}/software\n"
            f"instance_root = {self.instances}\nroot_check = false\nsoftware_min_free_space = 1M\n"
            "instance_min_free_space = 1M\npidfile = " + str(self.root / "node.pid") + "\n"
        )

    def run(self, *words: str) -> float:
        """Run a command of the node; return its seconds."""
        began = time.monotonic()
        done = subprocess.run(
            [self.command, "node", *words, "--cfg", str(self.cfg)],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise SystemExit(
                f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"[-6000:]
            )
        return seconds

    def stop(self) -> None:
        """End its supervisor."""
        subprocess.run(
            [OURS, "node", "supervisorctl", "--cfg", str(self.cfg), "shutdown"],
            capture_output=True,
            check=False,
        )


def describe(hosts: HttpMasterForHosts, node: Node, partitions: int) -> None:
    described = tuple(
        PartitionDescription(id=PartitionId(f"slappart{index}"), interface=f"tap{index}")
        for index in range(partitions)
    )
    hosts.describe(
        ComputerDescription(
            guid=node.computer, address="127.0.0.1", netmask="255.255.255.255", partitions=described
        )
    )


def request(tenants: HttpMasterForTenants, node: Node, release: SoftwareUrl, index: int, value: str) -> None:
    tenants.request(
        InstanceRequest(
            title=InstanceTitle(f"{node.computer}-{index}"),
            release=release,
            parameters={"value": value},
            filters={"computer_guid": node.computer},
        )
    )


def measure(
    nodes: dict[str, Node], tenants: HttpMasterForTenants, release: SoftwareUrl
) -> dict[str, dict[str, float]]:
    """Return the seconds of each node's passes: the short ones in turn, so that both see the same machine."""
    first = {name: node.run("instance") for name, node in nodes.items()}
    for node in nodes.values():
        node.run("instance")  # what the first pass left to be posted
    nothing: dict[str, list[float]] = {name: [] for name in nodes}
    changed: dict[str, list[float]] = {name: [] for name in nodes}
    for turn in range(7):
        for name, node in nodes.items():
            nothing[name].append(node.run("instance"))
            request(tenants, node, release, 0, str(turn))
            changed[name].append(node.run("instance"))
        time.sleep(1.1)
    return {
        name: {"first": first[name], "nothing": min(nothing[name]), "one changed": min(changed[name])}
        for name in nodes
    }


def report(results: dict[str, dict[str, float]], partitions: int) -> None:
    """Print the figures, and how many times as long the existing node takes."""
    print(f"{partitions} partitions, {os.cpu_count()} cores; seconds")
    for name, figures in results.items():
        print(f"{name:10}" + "".join(f"  {what} {seconds:7.2f}" for what, seconds in figures.items()))
    if "existing" in results:
        ratios = {what: results["existing"][what] / seconds for what, seconds in results["ours"].items()}
        print("ratio     " + "".join(f"  {what} {ratio:7.1f}" for what, ratio in ratios.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--partitions", type=int, default=100)
    add_peer(parser, otherwise="only ours is measured")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    compile_ours()
    root = Path(tempfile.mkdtemp(prefix="np-"))
    results: dict[str, dict[str, float]] = {}
    try:
        with (
            running(our_command, root) as (port, _),
            Connection(MasterAddress(url=url_of(port))) as connection,
        ):
            root.chmod(0o755)
            give(root / "software")
            (root / "software").chmod(0o755)
            (root / "software.cfg").write_text(PROFILE)
            release = SoftwareUrl(str(root / "software.cfg"))
            hosts, tenants = HttpMasterForHosts(connection), HttpMasterForTenants(connection)
            commands = {"ours": OURS} | ({"existing": str(options.peer.slapos)} if options.peer else {})
            nodes = {
                name: Node(root, name, url_of(port), options.partitions, command)
                for name, command in commands.items()
            }
            for node in nodes.values():
                describe(hosts, node, options.partitions)
            tenants.supply(release, nodes["ours"].computer, SoftwareState.AVAILABLE)
            nodes["ours"].run("software")
            instance = root / "software" / release_directory_name(release) / "instance.cfg"
            instance.write_text(PROFILE)
            for node in nodes.values():
                for index in range(options.partitions):
                    request(tenants, node, release, index, "a")
            try:
                results = measure(nodes, tenants, release)
            finally:
                for node in nodes.values():
                    node.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if options.json:
        print(json.dumps(results))
    else:
        report(results, options.partitions)


if __name__ == "__main__":
    main()
