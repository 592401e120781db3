import shlex
from pathlib import Path, PurePosixPath

import pytest

from slap_domain.errors import HostFailure
from slap_domain.model.partition import Account, PartitionPlace, Program
from slap_domain.model.references import PartitionId
from slap_node.supervisor.adapter import identity_of, program_text
from slap_node.supervisor.layout import SupervisorLayout
from slap_node.supervisor.main_configuration import main_text, quoted
from slap_node.supervisor.rendering import group_text

LAYOUT = SupervisorLayout(instance_root=Path("/srv/slapgrid"))
ACCOUNT = Account(name="nobody", uid=65534, gid=65534, home=PurePosixPath("/nonexistent"))
PLACE = PartitionPlace(
    id=PartitionId("slappart1"), path=PurePosixPath("/srv/slapgrid/slappart1"), account=ACCOUNT
)

# As an existing node writes them (node-conventions, samples).
MAIN = """\
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = /srv/slapgrid/etc/supervisord.conf.d/*.conf

[supervisorctl]
serverurl = unix:///srv/slapgrid/sv.sock

[supervisord]
loglevel = info
logfile = /srv/slapgrid/var/log/supervisord.log
logfile_maxbytes = 50MB
nodaemon = false
pidfile = /srv/slapgrid/var/run/supervisord.pid
logfile-backups = 10

[unix_http_server]
file=/srv/slapgrid/sv.sock
chmod=0700
"""
GROUP = """\
[group:slappart1]
programs=slappart1_srv

[program:slappart1_srv]
directory=/srv/slapgrid/slappart1
command=/srv/slapgrid/slappart1/etc/service/srv
process_name=srv-on-watch
autostart=false
autorestart=false
startsecs=0
startretries=0
exitcodes=0
stopsignal=TERM
stopwaitsecs=60
stopasgroup=true
killasgroup=true
user=65534
group=65534
serverurl=AUTO
redirect_stderr=true
stdout_logfile=/srv/slapgrid/slappart1/.slappart1_srv.log
stdout_logfile_maxbytes=100KB
stdout_logfile_backups=1
stderr_logfile=/srv/slapgrid/slappart1/.slappart1_srv.log
stderr_logfile_maxbytes=100KB
stderr_logfile_backups=1
environment=USER="nobody",LOGNAME="nobody",HOME="/nonexistent"
"""


def _program(name, place=PLACE):
    program = Program(name=name, command=place.path / "etc/service" / name, watched=True)
    return program_text(place, program, identity_of(place))


def test_the_main_file_is_as_existing_nodes_write_it():
    assert main_text(LAYOUT, ()) == MAIN


def test_the_watchdog_is_an_event_listener():
    text = main_text(LAYOUT, ("/opt/slapos/bin/slapos-watchdog", "--computer-id", "a b", "--x", "100%"))
    assert text == MAIN + (
        "\n[eventlistener:watchdog]\n"
        "command=/opt/slapos/bin/slapos-watchdog --computer-id 'a b' --x 100%%\n"
        "events=PROCESS_STATE_EXITED, PROCESS_STATE_FATAL\n"
    )


def test_a_group_file_is_as_existing_nodes_write_it():
    assert group_text("slappart1", [_program("srv")]) == GROUP


def test_programs_are_separated_by_a_blank_line():
    text = group_text("slappart1", [_program("a"), _program("b")])
    assert text.startswith("[group:slappart1]\nprograms=slappart1_a,slappart1_b\n\n[program:slappart1_a]\n")
    assert '"/nonexistent"\n\n[program:slappart1_b]\n' in text


def test_a_root_with_spaces_is_included_relatively():
    text = main_text(SupervisorLayout(instance_root=Path("/srv/my grid")), ())
    assert "files = supervisord.conf.d/*.conf\n" in text


@pytest.mark.parametrize("root", ["/srv/[x]", "/srv/a*", "/srv/a\nb", '/srv/a"b', "/srv/a ;b"])
def test_a_root_that_cannot_be_written_is_refused(root):
    with pytest.raises(HostFailure) as raised:
        main_text(SupervisorLayout(instance_root=Path(root)), ())
    assert raised.value.hint


@pytest.mark.parametrize("word", ["TCP6:[::1]:90", "~/a*", "$HOME"])
def test_words_that_supervisor_reads_as_one_are_written_as_they_are(word):
    assert quoted(("/bin/x", word)) == f"/bin/x {word}"


@pytest.mark.parametrize("word", ["a b", "it's", "", "back\\slash"])
def test_other_words_are_quoted(word):
    written = quoted(("/bin/x", word))
    assert written != f"/bin/x {word}"
    assert shlex.split(written) == ["/bin/x", word]
