"""The text of the supervisor's configuration files, as existing nodes write them.

Node-conventions section 5 and its samples are followed to the letter: a node that takes over another's
machine writes the same text, so that the daemon sees no change and restarts nothing.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure
from slap_node.supervisor.layout import SupervisorLayout

_MAIN = """\
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = {include}

[supervisorctl]
serverurl = unix://{socket}

[supervisord]
loglevel = info
logfile = {log}
logfile_maxbytes = 50MB
nodaemon = false
pidfile = {pid_file}
logfile-backups = 10

[unix_http_server]
file={socket}
chmod=0700
"""

_WATCHDOG = """
[eventlistener:watchdog]
command={command}
events=PROCESS_STATE_EXITED, PROCESS_STATE_FATAL
"""

_PROGRAM = """\
[program:{id}]
directory={directory}
command={command}
process_name={process_name}
autostart={autostart}
autorestart={autorestart}
startsecs={startsecs}
startretries=0
exitcodes=0
stopsignal=TERM
stopwaitsecs=60
stopasgroup=true
killasgroup=true
{identity}serverurl=AUTO
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=100KB
stdout_logfile_backups=1
stderr_logfile={log}
stderr_logfile_maxbytes=100KB
stderr_logfile_backups=1
environment={environment}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom a program runs.

    Attributes:
        switch: supervisord must be told the user; without it the program runs as the daemon does.
    """

    name: str
    uid: int
    gid: int
    home: str
    switch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramText:
    """Everything the configuration of one program says.

    Attributes:
        id: the section's name, unique among all programs of the node.
        command: program and arguments.
        extra: further lines, for programs that are not a partition's own (priority, …).
    """

    id: str
    process_name: str
    command: tuple[str, ...]
    directory: PurePosixPath
    log: PurePosixPath
    identity: Identity
    autostart: bool = False
    autorestart: bool = False
    startsecs: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


def main_text(layout: SupervisorLayout, watchdog: tuple[str, ...]) -> str:
    """Return the main configuration; without a watchdog command there is no event listener.

    Raises:
        HostFailure: a path cannot be written in a configuration file.
    """
    text = _MAIN.format(
        include=_include(layout),
        socket=_plain(str(layout.socket)),
        log=_plain(str(layout.log)),
        pid_file=_plain(str(layout.pid_file)),
    )
    if watchdog:
        text += _WATCHDOG.format(command=_quoted(watchdog))
    return text


def _include(layout: SupervisorLayout) -> str:
    """Return the pattern of the group files; supervisor splits it at spaces and reads it as a glob."""
    folder = str(layout.groups)
    if any(character in folder for character in "[]*?"):
        raise HostFailure(
            f"the supervisor cannot read its configuration below {folder}",
            hint="choose an instance_root without any of the characters [ ] * ?",
        )
    if any(character.isspace() for character in folder):
        folder = layout.groups.name  # relative to the main file, which is beside it
    return f"{_plain(folder)}/*.conf"


def group_text(group: str, programs: Iterable[ProgramText]) -> str:
    """Return the configuration of a group and its programs.

    Raises:
        HostFailure: a path or a name cannot be written in a configuration file.
    """
    listed = tuple(programs)
    head = f"[group:{_plain(group)}]\nprograms={','.join(_plain(program.id) for program in listed)}\n"
    return "\n".join([head, *(program_section(program) for program in listed)])


def program_section(program: ProgramText) -> str:
    """Return the configuration of a program; one without a group is a group of its own.

    Raises:
        HostFailure: a path or a name cannot be written in a configuration file.
    """
    text = _PROGRAM.format(
        id=_plain(program.id),
        directory=_plain(str(program.directory)),
        command=_quoted(program.command),
        process_name=_plain(program.process_name),
        autostart=_boolean(value=program.autostart),
        autorestart=_boolean(value=program.autorestart),
        startsecs=program.startsecs,
        identity=_identity_lines(program.identity),
        log=_plain(str(program.log)),
        environment=_environment(program.identity),
    )
    return text + "".join(f"{key}={_plain(value)}\n" for key, value in program.extra.items())


def _identity_lines(identity: Identity) -> str:
    return f"user={identity.uid}\ngroup={identity.gid}\n" if identity.switch else ""


def _environment(identity: Identity) -> str:
    values = {"USER": identity.name, "LOGNAME": identity.name, "HOME": identity.home}
    return ",".join(f'{name}="{_plain(value)}"' for name, value in values.items())


def _boolean(*, value: bool) -> str:
    return "true" if value else "false"


def _quoted(command: tuple[str, ...]) -> str:
    return _plain(" ".join(shlex.quote(word) for word in command), quotes=True)


def _plain(text: str, *, quotes: bool = False) -> str:
    """Return a text as an INI value, or refuse what would end it early.

    Supervisor expands `%(…)s` in values; a space followed by `;` begins a comment.
    """
    if any(ord(character) < 32 for character in text) or " ;" in text or ('"' in text and not quotes):
        raise HostFailure(
            f"{text[:200]!r} cannot be written in the supervisor's configuration",
            hint="rename it without quote, semicolon or control character",
        )
    return text.replace("%", "%%")
