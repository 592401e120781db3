"""What a tenant's commands take, ours and the existing ones in turn, against one master of ours.

    python benchmarks/client_commands.py [--peer ENVIRONMENT]

ENVIRONMENT is where the existing implementation is pip-installed; without it, it is installed for the run.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer_environment import add_peer, peer_environment

from slap_domain.model.instance import InstanceRequest
from slap_domain.model.references import ComputerGuid, instance_title, software_url
from slap_http_adapter.client.connection import Connection
from slap_http_adapter.client.master_address import MasterAddress
from slap_http_adapter.client.tenants import HttpMasterForTenants
from slap_http_adapter.wire.marshal import dumps
from slap_proxy.server import running_master
from slap_proxy.settings import ProxySettings

RUNS = 10
SERVICES = 100
LIMIT = 3.0
OURS = Path(sys.executable).with_name("slapos")
RELEASE = "/opt/nowhere/software.cfg"
COMMANDS = (["service", "list"], ["request", "service-7", RELEASE], ["service", "info", "service-7"])


def filled(url: str) -> None:
    """Describe a computer to a master and request services on it."""
    partitions = [
        {
            "reference": f"slappart{number}",
            "address_list": [{"addr": "127.0.0.1", "netmask": "255.255.255.255"}],
            "tap": {"name": f"tap{number}"},
        }
        for number in range(SERVICES)
    ]
    whole = {"reference": "COMP-1", "address": "", "netmask": "", "partition_list": partitions}
    with Connection(MasterAddress(url=url)) as connection:
        connection.post("loadComputerConfigurationFromXML", {"xml": dumps(whole).decode()})
        tenants = HttpMasterForTenants(connection)
        for number in range(SERVICES):
            title = instance_title(f"service-{number}")
            tenants.request(InstanceRequest(title=title, release=software_url(RELEASE)))


def taken(command: list[str | Path], configuration: Path) -> tuple[float, float]:
    """Return the milliseconds that passed, and those that the processor worked."""
    environment = {**os.environ, "SLAPOS_CLIENT_CONFIGURATION": str(configuration)}
    silent = subprocess.DEVNULL
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=silent, stderr=silent) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return (time.perf_counter() - began) * 1000, (used.ru_utime + used.ru_stime) * 1000


def compared(words: list[str], existing: Path, configuration: Path) -> float:
    """Measure a command, print what it takes, and return how much less work ours is."""
    ours, theirs = [], []
    for _ in range(RUNS):
        # In turns, so that whatever else the machine does falls on both alike.
        ours.append(taken([OURS, *words], configuration))
        theirs.append(taken([existing, *words], configuration))
    passed, worked = (
        [statistics.median(run[what] for run in runs) for runs in (ours, theirs)] for what in (0, 1)
    )
    print(
        f"{' '.join(words[:2]):22} ours {passed[0]:5.0f} ms, {worked[0]:4.0f} of them work; "
        f"existing {passed[1]:5.0f} ms, {worked[1]:4.0f} of them work: "
        f"{passed[1] / passed[0]:.1f} times faster, {worked[1] / worked[0]:.1f} times less work"
    )
    return worked[1] / worked[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    add_peer(parser, otherwise="it is installed for the run")
    options = parser.parse_args()
    with peer_environment(options.peer) as peer, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = ProxySettings(
            port=0, database_uri=str(place / "proxy.sqlite"), computer=ComputerGuid("COMP-1")
        )
        with running_master(settings) as url:
            filled(url)
            configuration = place / "client.cfg"
            configuration.write_text(
                f"[slapos]\nmaster_url = {url}\nmaster_rest_url = {url.rstrip('/')}/hateoas/\n"
            )
            least = min(compared(words, peer.slapos, configuration) for words in COMMANDS)
    print(f"the limit is {LIMIT:.0f} times")
    return 0 if least >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
