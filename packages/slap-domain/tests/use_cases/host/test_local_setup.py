"""A machine that becomes its own master, node and client."""

import itertools
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from slap_domain.errors import (
    Conflict,
    HostFailure,
    InvalidInput,
)
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.registration import LocalSetup
from slap_domain.model.host.settings import format_settings
from slap_domain.testing.process_supervisor import FakeProcessSupervisor
from slap_domain.testing.registrar import FakeConfigurationFiles
from slap_domain.use_cases.host.configure_local import ConfigureLocal, Listener, LocalPorts
from slap_domain.use_cases.host.format_computer import FormatOutcome, MasterAnswer

ETC = PurePosixPath("/etc/opt/slapos")
LOCAL = LocalSetup(
    configuration=ETC / "slapos.cfg",
    software_root=PurePosixPath("/opt/slapgrid"),
    instance_root=PurePosixPath("/srv/slapgrid"),
    own_root=PurePosixPath("/opt/slapos"),
    interface="lo",
    partition_number=20,
    ipv4_network="10.0.0.0/16",
    listen_ip="127.0.0.1",
    listen_port=8080,
    slapos=PurePosixPath("/usr/bin/slapos"),
)


@pytest.fixture
def files():
    return FakeConfigurationFiles()


class LocalWorld:
    """A machine that becomes its own master, which listens and answers after some tries."""

    def __init__(self, files, answers=(), listeners=(Listener.NOBODY, Listener.OURS)):
        self.files, self.supervisor = files, FakeProcessSupervisor()
        self.lines, self.waits, self.complaint = [], [], None
        answers = itertools.chain(answers, itertools.repeat(MasterAnswer.TOLD))
        listeners = itertools.chain(listeners, itertools.repeat(listeners[-1]))
        self.case = ConfigureLocal(
            LocalPorts(
                files=files,
                supervisor=self.supervisor,
                check=self.check,
                format=lambda: FormatOutcome(plan=None, master=next(answers)),
                listener=lambda: next(listeners),
                wait=self.waits.append,
                report=self.lines.append,
            )
        )

    def check(self):
        if self.complaint:
            raise self.complaint


def test_a_machine_becomes_ready(files):
    world = LocalWorld(files, [MasterAnswer.AWAY, MasterAnswer.AWAY])

    outcome = world.case.run(LOCAL)

    assert outcome.master is MasterAnswer.TOLD
    assert world.waits == [1.0, 1.0]
    assert world.supervisor.programs() == ()
    settings = format_settings(parse_configuration(files.documents[ETC / "slapos.cfg"], "x"))
    assert (settings.interface, settings.partition_amount, settings.create_tap) == ("lo", 20, False)
    assert [str(address) for address in settings.shared_addresses] == ["::1/128"]
    assert not settings.ipv6_ranges
    assert settings.alter_user
    proxy = parse_configuration(files.documents[ETC / "slapos-proxy.cfg"], "x").sections["slapproxy"]
    assert (proxy["host"], proxy["port"]) == ("127.0.0.1", "8080")
    client = parse_configuration(files.documents[ETC / "slapos-client.cfg"], "x").sections["slapos"]
    assert client["master_url"] == "http://127.0.0.1:8080"
    program = files.documents[PurePosixPath("/srv/slapgrid/etc/supervisord.conf.d/slapproxy.conf")]
    assert 'command = "/usr/bin/slapos" proxy start --cfg "/etc/opt/slapos/slapos-proxy.cfg"' in program


def test_a_second_run_writes_nothing(files):
    LocalWorld(files).case.run(LOCAL)
    again = LocalWorld(files)
    again.case.run(LOCAL)
    assert again.lines == ["the master runs under the supervisor, at http://127.0.0.1:8080"]


def test_without_root_everything_is_on_the_loopback(files):
    world = LocalWorld(files)
    world.case.run(replace(LOCAL, privileged=False, interface="eth0"))
    assert world.lines[0] == "without root no address is added to eth0: the loopback's are used"
    assert "addresses of 127.100.0.0/16 in place of 10.0.0.0/16" in world.lines[1]
    settings = format_settings(parse_configuration(files.documents[ETC / "slapos.cfg"], "x"))
    assert not settings.alter_user
    assert not settings.alter_network
    assert settings.ipv4_network.is_loopback
    files.documents.clear()
    world = LocalWorld(files)
    world.case.run(replace(LOCAL, privileged=False, ipv4_network="127.5.0.0/16"))
    assert not any("without root" in line for line in world.lines)
    assert "127.5.0.0/16" in files.documents[ETC / "slapos.cfg"]


def test_a_real_interface_keeps_taps_and_its_own_ipv6(files):
    LocalWorld(files).case.run(replace(LOCAL, interface="eth0", listen_ip="::1", cache=True))
    configuration = parse_configuration(files.documents[ETC / "slapos.cfg"], "x")
    settings = format_settings(configuration)
    assert settings.create_tap
    assert settings.shared_addresses == ()
    cache = configuration.sections["networkcache"]
    assert cache["download-binary-dir-url"] == "http://[::1]:8080/shacache/dir"
    assert cache["upload-cache-url"] == "http://[::1]:8080/shacache/cache"
    assert "shacache_content_directory" in files.documents[ETC / "slapos-proxy.cfg"]


def test_what_is_there_is_not_overwritten(files):
    files.documents[ETC / "slapos.cfg"] = "mine"
    world = LocalWorld(files)
    with pytest.raises(Conflict, match=r"slapos\.cfg exists already, and is no configuration"):
        world.case.run(LOCAL)
    assert world.lines == []
    assert list(files.documents) == [ETC / "slapos.cfg"]


def test_another_number_of_partitions_is_told_with_what_to_do(files):
    LocalWorld(files).case.run(LOCAL)
    former = dict(files.documents)
    world = LocalWorld(files)
    with pytest.raises(Conflict) as raised:
        world.case.run(replace(LOCAL, partition_number=30))
    assert str(raised.value) == (
        f"{ETC}/slapos.cfg exists already, and says otherwise: "
        "[slapformat] partition_amount is 20, and would become 30"
    )
    assert raised.value.hint == (
        "to keep what is there, give --partition-number 20; "
        f"to change it, edit {ETC}/slapos.cfg and run `slapos node format --cfg {ETC}/slapos.cfg`"
    )
    assert (world.lines, files.documents) == ([], former)


def test_another_port_is_told_with_what_to_do(files):
    LocalWorld(files).case.run(LOCAL)
    files.documents.pop(ETC / "slapos.cfg")
    with pytest.raises(Conflict, match=r"\[slapproxy\] port is 8080, and would become 8081") as raised:
        LocalWorld(files).case.run(replace(LOCAL, listen_port=8081))
    assert "give --daemon-listen-port 8080; to begin anew, choose other directories" in raised.value.hint


def test_values_that_no_option_decides_are_not_told(files):
    LocalWorld(files).case.run(LOCAL)
    proxy = ETC / "slapos-proxy.cfg"
    files.documents[proxy] = "[slapproxy]\nport = 8080\ndatabase_uri = secret\ntoken = secret\n"
    with pytest.raises(Conflict) as raised:
        LocalWorld(files).case.run(LOCAL)
    assert str(raised.value).endswith(
        "[slapproxy] host is missing; [slapproxy] database_uri has another value; "
        "[slapproxy] computer_id is missing; [slapproxy] token is there besides"
    )
    assert raised.value.hint == "to begin anew, choose other directories with the --slapos-… options"


def test_many_differences_are_counted(files):
    files.documents[ETC / "slapos.cfg"] = "[slapos]"
    with pytest.raises(Conflict, match=r"software_root is missing; .*; and 10 more$"):
        LocalWorld(files).case.run(LOCAL)


def test_a_file_that_says_the_same_in_other_words_is_kept(files):
    LocalWorld(files).case.run(LOCAL)
    files.documents[ETC / "slapos.cfg"] = mine = "# my machine\n" + files.documents[ETC / "slapos.cfg"]
    LocalWorld(files).case.run(LOCAL)
    assert files.documents[ETC / "slapos.cfg"] == mine


def test_a_master_that_never_answers_is_given_up(files):
    world = LocalWorld(files, itertools.repeat(MasterAnswer.AWAY, 60))
    with pytest.raises(HostFailure, match=r"does not answer at http://127\.0\.0\.1:8080") as raised:
        world.case.run(LOCAL)
    assert "slapproxy.log" in raised.value.hint
    assert len(world.waits) == 60


def test_what_cannot_be_formatted_is_told_before_anything_is_changed(files):
    world = LocalWorld(files)
    world.complaint = HostFailure("interface eth7 does not exist")
    with pytest.raises(HostFailure, match="eth7"):
        world.case.run(LOCAL)
    assert (world.lines, files.documents) == ([], {})


def test_a_port_that_another_program_has_is_told_before_anything_is_changed(files):
    world = LocalWorld(files, listeners=[Listener.FOREIGN])
    with pytest.raises(Conflict, match=r"another program listens on 127\.0\.0\.1 port 8080") as raised:
        world.case.run(LOCAL)
    assert "--daemon-listen-port" in raised.value.hint
    assert (world.lines, files.documents) == ([], {})


def test_a_port_that_another_program_takes_meanwhile_is_told(files):
    world = LocalWorld(files, listeners=[Listener.NOBODY, Listener.NOBODY, Listener.FOREIGN])
    with pytest.raises(Conflict, match="another program listens"):
        world.case.run(LOCAL)


def test_a_master_that_does_not_start_is_told(files):
    world = LocalWorld(files, listeners=[Listener.NOBODY])
    with pytest.raises(HostFailure, match="does not answer") as raised:
        world.case.run(LOCAL)
    assert "slapproxy.log" in raised.value.hint


def test_a_port_that_cannot_be_is_refused():
    with pytest.raises(InvalidInput, match="port 0 is not"):
        replace(LOCAL, listen_port=0)


def test_software_and_partitions_have_a_directory_each():
    with pytest.raises(InvalidInput, match="of the partitions and of the software at once"):
        replace(LOCAL, instance_root=LOCAL.software_root)
