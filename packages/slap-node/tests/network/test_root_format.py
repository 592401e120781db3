"""`node format` as root: real users, real taps and tuns, real addresses, in a network of its own."""

import fcntl
import grp
import ipaddress
import json
import os
import pwd
import signal
import socket
import stat
import struct
import subprocess
import uuid
from pathlib import Path

import pytest

from slap_domain.errors import AlreadyRunning, Conflict, HostFailure, MasterUnreachable
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.settings import format_settings
from slap_domain.use_cases.host.format_computer import MasterAnswer
from slap_node.host.formatting import format_computer

pytestmark = pytest.mark.root
AMOUNT = 2
_SET_INTERFACE = 0x400454CA  # TUNSETIFF
_TAP_WITHOUT_HEADER = 0x1002  # IFF_TAP | IFF_NO_PI


class AbsentMaster:
    def describe(self, computer, *, document=""):
        raise MasterUnreachable("nobody listens")


@pytest.fixture
def configured(tmp_path, link):
    mark = uuid.uuid4().hex[:6]

    def settings(**keys):
        values = {
            "computer_id": "COMP-1",
            "software_root": tmp_path / "soft",
            "instance_root": tmp_path / "inst",
            "computer_xml": tmp_path / "computer.xml",
            "partition_amount": AMOUNT,
            "interface_name": "eth0",
            "ipv4_local_network": "10.77.0.0/16",
            "create_tun": "true",
            "user_base_name": f"su{mark}n",
            "software_user": f"ss{mark}",
        } | keys
        lines = [f"{key} = {value}" for key, value in values.items()]
        return format_settings(parse_configuration("\n".join(["[slapos]", *lines]), "slapos.cfg"))

    link.give("eth0", "2001:db8:1::1", 48)
    yield settings
    for user in pwd.getpwall():
        if user.pw_name.startswith((f"su{mark}n", f"ss{mark}")):
            subprocess.run(["userdel", user.pw_name], check=True, capture_output=True)
    for group in grp.getgrall():
        if group.gr_name.startswith((f"su{mark}n", f"ss{mark}")):
            subprocess.run(["groupdel", group.gr_name], check=True, capture_output=True)


def run(settings, report=lambda line: None):
    return format_computer(settings, AbsentMaster(), report).run(settings)


def kernel(*arguments):
    output = subprocess.run(["ip", "-j", *arguments], capture_output=True, check=True).stdout
    return json.loads(output or "[]")


def carried(name):
    [found] = kernel("addr", "show", "dev", name)
    return {
        f"{item['local']}/{item['prefixlen']}" for item in found["addr_info"] if item["scope"] == "global"
    }


def test_the_kernel_and_the_user_database_agree_with_the_plan(tmp_path, configured):
    settings = configured()
    outcome = run(settings)

    assert outcome.master is MasterAnswer.AWAY
    wanted = {str(a) for partition in outcome.plan.layout.partitions for a in partition.addresses}
    assert carried("eth0") == wanted | {"2001:db8:1::1/48"}
    for partition in outcome.plan.layout.partitions:
        user = pwd.getpwnam(partition.user.name)
        status = Path(partition.path).stat()
        assert (status.st_uid, status.st_gid) == (user.pw_uid, user.pw_gid)
        assert stat.S_IMODE(status.st_mode) == 0o750
        assert (user.pw_dir, user.pw_shell) == (str(partition.path), "/bin/sh")
        assert user.pw_name in grp.getgrnam(settings.software_user).gr_mem
        assert carried(partition.tun.name) == {
            str(partition.tun.ipv4.address),
            str(partition.tun.ipv6.address),
        }
        network = partition.tap.ipv6.address.network
        assert carried(partition.tap.name) == {str(partition.tap.ipv6.address)}
        [route] = kernel("-6", "route", "show", str(network))
        assert (route["dev"], route["gateway"]) == (partition.tap.name, str(partition.tap.ipv6.gateway))
        assert kernel("-6", "route", "show", "table", "local", str(partition.ipv6_range))
    assert (tmp_path / "soft").stat().st_uid == pwd.getpwnam(settings.software_user).pw_uid
    shadow = dict(line.split(":")[:2] for line in Path("/etc/shadow").read_text().splitlines())
    assert shadow[settings.user_prefix + "0"].startswith("!")


def test_a_partition_may_open_its_own_tap_and_bind_its_range(configured):
    settings = configured()
    layout = run(settings).plan.layout
    own, other = layout.partitions
    user = pwd.getpwnam(own.user.name)

    def as_partition():
        # Some machines let only root open the device; the kernel still asks whose interface it is.
        devices = [os.open("/dev/net/tun", os.O_RDWR) for _ in range(2)]
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        with socket.socket(socket.AF_INET6) as server:
            server.bind((str(own.ipv6_range[77]), 0))
        fcntl.ioctl(devices[0], _SET_INTERFACE, _tap(own))
        with pytest.raises(PermissionError):
            fcntl.ioctl(devices[1], _SET_INTERFACE, _tap(other))

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            as_partition()
            os.write(writer, b"fine")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as file:
        assert file.read() == "fine"


def _tap(partition):
    return struct.pack("16sH22x", partition.tap.name.encode(), _TAP_WITHOUT_HEADER)


def test_a_second_run_changes_nothing(configured):
    first = run(configured())
    before = kernel("addr"), kernel("-6", "route", "show", "table", "all"), kernel("route")
    told = []

    second = run(configured(), told.append)

    assert first.plan.changes
    assert second.plan.changes == ()
    assert told == []
    after = kernel("addr"), kernel("-6", "route", "show", "table", "all"), kernel("route")
    assert _without_times(after) == _without_times(before)


def _without_times(value):
    if isinstance(value, dict):
        return {key: _without_times(item) for key, item in value.items() if "life_time" not in key}
    if isinstance(value, list | tuple):
        return [_without_times(item) for item in value]
    return value


def test_a_dry_run_changes_nothing(tmp_path, configured):
    settings = configured()
    before = kernel("addr")

    plan = format_computer(settings, AbsentMaster()).plan(settings)

    assert any(line.startswith("create tap slaptap0") for line in plan.describe())
    assert _without_times(kernel("addr")) == _without_times(before)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError):
        pwd.getpwnam(settings.user_prefix + "0")


@pytest.mark.parametrize("moment", [3, 9, 17])
def test_a_run_that_was_killed_is_completed(configured, moment):
    lines = []

    def kill(line):
        lines.append(line)
        if len(lines) == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(configured(), kill)
    planned = run(configured()).plan.layout

    wanted = {str(a) for partition in planned.partitions for a in partition.addresses}
    assert wanted <= carried("eth0")
    assert run(configured()).plan.changes == ()


def test_a_run_that_is_killed_at_each_change_comes_to_its_end(configured):
    """Really killed, again and again: each run makes one change more, or waits for one to be usable."""
    settings = configured()
    planned = len(format_computer(settings, AbsentMaster()).plan(settings).changes)
    killed = next(n for n in range(5 * planned) if not _runs_until_killed(settings, changes=1))
    assert killed >= planned - 1
    assert run(settings).plan.changes == ()


def _runs_until_killed(settings, *, changes):
    """Format in a process that is killed before it makes one change more; tell whether it was."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    lines = []

    def kill(line):
        lines.append(line)
        if len(lines) > changes:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        run(settings, kill)
    finally:
        os._exit(0)


@pytest.mark.parametrize("holder", [[], ["user", "nobody"], ["group", "nogroup"]])
def test_a_tap_that_others_may_use_is_left_alone(configured, holder):
    subprocess.run(["ip", "tuntap", "add", "dev", "slaptap1", "mode", "tap", *holder], check=True)
    name = holder[1] if holder else "anybody"
    with pytest.raises(Conflict, match=f"tap slaptap1 exists already, and .*{name} may use it"):
        run(configured())
    assert not Path(configured().record).exists()


def test_two_runs_at_once_do_not_meet(configured):
    told = []

    def begin_another(line):
        told.append(line)
        if len(told) == 1:
            with pytest.raises(AlreadyRunning):
                run(configured())

    run(configured(), begin_another)
    assert told
    assert run(configured()).plan.changes == ()


def test_an_address_of_another_machine_is_replaced(configured, link):
    link.give("far0", "2001:db8:1::2", 48, far=True)
    told = []

    layout = run(configured(), told.append).plan.layout

    assert "address 2001:db8:1::2 is in use by another machine" in told
    assert str(layout.partitions[0].addresses[1].ip) != "2001:db8:1::2"
    assert {str(layout.partitions[0].addresses[1])} <= carried("eth0")
    assert "2001:db8:1::2/48" not in carried("eth0")
    assert run(configured()).plan.changes == ()


def test_what_was_lost_in_a_reboot_is_made_again(configured):
    layout = run(configured()).plan.layout
    subprocess.run(["ip", "link", "del", "slaptap0"], check=True)
    subprocess.run(["ip", "addr", "del", str(layout.partitions[1].addresses[1]), "dev", "eth0"], check=True)

    again = run(configured())

    assert f"add address {layout.partitions[1].addresses[1]} to eth0" in again.plan.describe()
    assert again.plan.layout == layout
    assert run(configured()).plan.changes == ()


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"interface_name": "eth7"}, "interface eth7 does not exist"),
        ({"interface_name": "lo"}, "interface lo has no global IPv6 address"),
        ({"ipv6_prefixshift": "64", "tap_gateway_interface": "lo7"}, "lo7 does not exist"),
    ],
)
def test_a_machine_that_will_not_do_is_left_alone(tmp_path, configured, keys, complaint):
    before = kernel("addr")
    with pytest.raises(HostFailure, match=complaint):
        run(configured(**keys))
    assert _without_times(kernel("addr")) == _without_times(before)
    assert list(tmp_path.iterdir()) == []


def test_growing_keeps_the_addresses(configured):
    before = run(configured()).plan.layout.partitions
    after = run(configured(partition_amount=3)).plan.layout
    assert [p.addresses for p in after.partitions[:2]] == [p.addresses for p in before]
    assert ipaddress.ip_interface(str(after.partitions[2].addresses[1])).ip in after.address.network
    assert {str(a) for p in after.partitions for a in p.addresses} <= carried("eth0")


def test_growing_leaves_no_two_tuns_in_one_network(configured):
    before = [p.tun.ipv4.address.ip for p in run(configured()).plan.layout.partitions]
    layout = run(configured(partition_amount=3)).plan.layout

    assert [p.tun.ipv4.address.ip for p in layout.partitions[:2]] == before
    for partition in layout.partitions:
        tun = partition.tun
        assert carried(tun.name) == {str(tun.ipv4.address), str(tun.ipv6.address)}
        routes = {route["dst"] for route in kernel("-4", "route", "show", "dev", tun.name)}
        assert routes == {str(tun.ipv4.network)}
    assert run(configured(partition_amount=3)).plan.changes == ()


def test_nothing_of_another_prefix_stays(configured, link):
    run(configured())
    subprocess.run(["ip", "addr", "del", "2001:db8:1::1/48", "dev", "eth0"], check=True)
    link.give("eth0", "2001:db8:2::1", 48)

    layout = run(configured()).plan.layout

    assert "2001:db8:1:" not in str(kernel("addr"))
    assert "2001:db8:1:" not in str(kernel("-6", "route", "show", "table", "all"))
    assert {str(p.addresses[1]) for p in layout.partitions} <= carried("eth0")
    assert run(configured()).plan.changes == ()


def test_taps_that_are_no_longer_wanted_are_removed(configured):
    run(configured())
    run(configured(create_tap="false"))
    assert "slaptap" not in str(kernel("link", "show"))
    assert run(configured(create_tap="false")).plan.changes == ()


def test_a_software_user_of_somebody_else_is_refused(configured):
    settings = configured()
    subprocess.run(["useradd", "-r", "-M", "-d", "/home/alice", settings.software_user], check=True)
    with pytest.raises(Conflict, match="exists already, with home /home/alice"):
        run(settings)
    assert pwd.getpwnam(settings.software_user).pw_dir == "/home/alice"
    assert not Path(settings.record).exists()
