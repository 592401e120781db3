"""A machine of its own on this kernel: a network namespace, and a user database that only it sees."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from features.worlds.command_line import SLAPOS, Ran, eventually

_ORDINARY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
_BEGIN = """\
set -e
mkdir "$1/etc"
# Files that others hold for a moment may be gone before they are copied.
cp -a /etc/. "$1/etc/" || test -s "$1/etc/login.defs"
# The machine below may be a node itself.
for kind in passwd group shadow gshadow; do sed -i '/^slap/d' "$1/etc/$kind"; done
mount --make-rprivate /
mount --bind "$1/etc" /etc
ip link set lo up
ip link add eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
echo ready
exec sleep 600
"""
_CONFIGURATION = """\
[slapos]
computer_id = COMP-1
master_url = http://127.0.0.1:9
software_root = {directory}/soft
instance_root = {directory}/inst

[slapformat]
computer_xml = {directory}/slapos.xml
partition_amount = 2
interface_name = eth0
ipv4_local_network = 10.77.0.0/16
create_tun = true
"""


class LinuxHost:
    """The machine; `stop` ends it, and with it everything that was made on it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="slaphost"))
        self.directory.chmod(0o755)
        self.configuration = self.directory / "slapos.cfg"
        self.configuration.write_text(_CONFIGURATION.format(directory=self.directory))
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", _BEGIN, "sh", self.directory],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.starts = self._holder.stdout.readline() == "ready\n"
        self.seen = ()
        if self.starts:
            eventually(self._has_settled)

    def _has_settled(self) -> bool:
        """Tell whether the kernel has given both ends their addresses, and routes with them."""
        shown = self.output("ip", "-o", "-6", "addr", "show", "scope", "link")
        return shown.count(" fe80:") == 2 and "tentative" not in shown

    def stop(self) -> None:
        """End the machine."""
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
        shutil.rmtree(self.directory)

    def command(self, *words: str, ordinary: bool = False) -> Ran:
        """Run a program on the machine."""
        prefix = ("nsenter", "-t", str(self._holder.pid), "-n", "-m", "--", *(_ORDINARY if ordinary else ()))
        done = subprocess.run(
            [*prefix, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.directory)},
        )
        return Ran(status=done.returncode, out=done.stdout, err=done.stderr)

    def output(self, *words: str) -> str:
        """Return what a program prints that must succeed."""
        ran = self.command(*words)
        assert ran.status == 0, ran.err
        return ran.out

    def format(self, *options: str, ordinary: bool = False) -> Ran:
        """Run `slapos node format`; what there was before is remembered."""
        self.seen = self.state()
        words = (str(SLAPOS), "node", "format", "--cfg", str(self.configuration), "--now", *options)
        return self.command(*words, ordinary=ordinary)

    def format_by(self, slapos: Path) -> Ran:
        """Run `node format` of another implementation."""
        self.seen = self.state()
        return self.command(str(slapos), "node", "format", "--cfg", str(self.configuration), "--now")

    def network(self) -> tuple[str, ...]:
        """Return the addresses of all interfaces, and the routes."""
        return self.state()[:3]

    def state(self) -> tuple[str, ...]:
        """Return everything that a format may change, times left out."""
        files = self.output(
            "find", str(self.directory), "-path", "*/etc", "-prune", "-o", "-printf", "%p %m %u\n"
        )
        return (
            self.output("ip", "-o", "addr"),
            self.output("ip", "-6", "route", "show", "table", "all"),
            self.output("ip", "route"),
            self.output("cat", "/etc/passwd", "/etc/group"),
            files,
        )

    def configure(self, line: str) -> None:
        """Set a line of the configuration."""
        key = line.partition(" ")[0]
        lines = self.configuration.read_text().splitlines()
        kept = [each for each in lines if not each.startswith(f"{key} ")]
        self.configuration.write_text("\n".join([*kept, line, ""]))
