"""A machine that two nodes run in turn, on one software root and one instance root."""

import hashlib
import json
import os
import pwd
import signal
import subprocess
from pathlib import Path

from features.worlds.command_line import SLAPOS, eventually
from features.worlds.loopback import free_port, listens

COMPUTER = "handover"
PARTITION = "slappart0"


class SharedMachine:
    """One computer's directories, and the master it belongs to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instances = folder / "instance"
        self.software = folder / "software"
        self.configuration = folder / "slapos.cfg"
        self.partition = self.instances / PARTITION
        self.release = str(folder / "release.cfg")
        self.release_folder = self.software / hashlib.md5(self.release.encode()).hexdigest()
        self.services = 1
        self.seen: tuple[list[int], str, float] | None = None
        self.master: subprocess.Popen[bytes] | None = None

    def configure(self) -> None:
        """Write the configuration that both nodes read, and start the master."""
        port = free_port()
        for folder in (self.instances, self.software):
            folder.mkdir()
        self.configuration.write_text(f"""
[slapos]
computer_id = {COMPUTER}
master_url = http://127.0.0.1:{port}/
software_root = {self.software}
instance_root = {self.instances}
pidfile = {self.folder}/node.pid
root_check = false
software_min_free_space = 1M
instance_min_free_space = 1M
[slapformat]
alter_user = false
alter_network = false
partition_base_name = slappart
user_base_name = slapuser
tap_base_name = slaptap
partition_amount = 2
interface_name = lo
ipv4_local_network = 127.0.0.0/16
computer_xml = {self.folder}/computer.xml
[slapproxy]
host = 127.0.0.1
port = {port}
database_uri = {self.folder}/master.sqlite
computer_id = {COMPUTER}
""")
        self.master = subprocess.Popen(
            [SLAPOS, "proxy", "start", "--cfg", self.configuration],
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        eventually(lambda: listens(port))

    def slapos(self, program: Path, *words: str) -> None:
        """Run a command of either implementation, which must succeed."""
        done = subprocess.run(
            [program, *words, "--cfg", self.configuration],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.folder,
        )
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"

    def redirect(self, builder: Path) -> None:
        """Let the buildout of the release ask that a port of the machine leads to the partition."""
        text = self.configuration.read_text()
        self.configuration.write_text(text.replace("[slapos]\n", "[slapos]\nmanager_list = portredir\n", 1))
        wish = {"type": "tcp", "srcPort": free_port(), "destAddress": "127.0.0.1", "destPort": 9}
        with builder.open("a") as script:
            script.write(f"pathlib.Path('.slapos-port-redirect').write_text({json.dumps([wish])!r})\n")
        self.services += 1

    def own(self) -> None:
        """Give the roots to an ordinary user, as format does for root."""
        if os.geteuid() != 0:
            return
        nobody = pwd.getpwnam("nobody")
        for top in (self.instances, self.software):
            for path in (top, *top.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)

    def sleepers(self) -> list[int]:
        """Return the processes that run in the partition."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == self.partition:
                    found.append(int(process.name))
            except OSError:
                continue
        return sorted(found)

    def look(self) -> tuple[list[int], str, float]:
        """Return the services' processes, the builds of the partition, and when the release was completed."""
        eventually(lambda: len(self.sleepers()) == self.services)
        builds = (self.partition / ".builds").read_text()
        return self.sleepers(), builds, (self.release_folder / ".completed").stat().st_mtime

    def end(self) -> None:
        """End the supervisor and the master."""
        pid_file = self.instances / "var" / "run" / "supervisord.pid"
        if pid_file.exists():
            _end(int(pid_file.read_text()))
        if self.master is not None:
            self.master.terminate()
            self.master.wait(20)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    eventually(lambda: not Path(f"/proc/{pid}").exists())
