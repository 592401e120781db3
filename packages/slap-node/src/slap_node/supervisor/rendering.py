"""The text of the supervisor's configuration of programs, as existing nodes write it.

Node-conventions section 5 and its samples are followed to the letter: a node that takes over another's
machine writes the same text, so that the daemon sees no change and restarts nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from slap_node.supervisor.main_configuration import plain, quoted

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


ROOT = Identity(name="root", uid=0, gid=0, home="/root", switch=True)


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


def group_text(group: str, programs: Iterable[ProgramText]) -> str:
    """Return the configuration of a group and its programs.

    Raises:
        HostFailure: a path or a name cannot be written in a configuration file.
    """
    listed = tuple(programs)
    head = f"[group:{plain(group)}]\nprograms={','.join(plain(program.id) for program in listed)}\n"
    return "\n".join([head, *(program_section(program) for program in listed)])


def program_section(program: ProgramText) -> str:
    """Return the configuration of a program; one without a group is a group of its own.

    Raises:
        HostFailure: a path or a name cannot be written in a configuration file.
    """
    text = _PROGRAM.format(
        id=plain(program.id),
        directory=plain(str(program.directory)),
        command=quoted(program.command),
        process_name=plain(program.process_name),
        autostart=_boolean(value=program.autostart),
        autorestart=_boolean(value=program.autorestart),
        startsecs=program.startsecs,
        identity=_identity_lines(program.identity),
        log=plain(str(program.log)),
        environment=_environment(program.identity),
    )
    return text + "".join(f"{key}={plain(value)}\n" for key, value in program.extra.items())


def _identity_lines(identity: Identity) -> str:
    return f"user={identity.uid}\ngroup={identity.gid}\n" if identity.switch else ""


def _environment(identity: Identity) -> str:
    values = {"USER": identity.name, "LOGNAME": identity.name, "HOME": identity.home}
    return ",".join(f'{name}="{plain(value)}"' for name, value in values.items())


def _boolean(*, value: bool) -> str:
    return "true" if value else "false"
