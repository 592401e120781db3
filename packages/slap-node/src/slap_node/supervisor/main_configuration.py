"""The text of the supervisor's main configuration file, as existing nodes write it.

Apart from that of programs, since every pass looks whether this one is right, and few change programs.
"""

import shlex

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


def main_text(layout: SupervisorLayout, watchdog: tuple[str, ...]) -> str:
    """Return the main configuration; without a watchdog command there is no event listener.

    Raises:
        HostFailure: a path cannot be written in a configuration file.
    """
    text = _MAIN.format(
        include=_include(layout),
        socket=plain(str(layout.socket)),
        log=plain(str(layout.log)),
        pid_file=plain(str(layout.pid_file)),
    )
    if watchdog:
        text += _WATCHDOG.format(command=quoted(watchdog))
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
    return f"{plain(folder)}/*.conf"


def quoted(command: tuple[str, ...]) -> str:
    """Return a command as a value of the configuration."""
    return plain(" ".join(map(_quoted_if_needed, command)), quotes=True)


def plain(text: str, *, quotes: bool = False) -> str:
    """Return a text as an INI value, or refuse what would end it early.

    Supervisor expands `%(…)s` in values; a space followed by `;` begins a comment.
    """
    if any(ord(character) < 32 for character in text) or " ;" in text or ('"' in text and not quotes):
        raise HostFailure(
            f"{text[:200]!r} cannot be written in the supervisor's configuration",
            hint="rename it without quote, semicolon or control character",
        )
    return text.replace("%", "%%")


def _quoted_if_needed(word: str) -> str:
    """Return a word as existing nodes write it, where supervisor reads it as one; else quoted."""
    try:
        is_one = shlex.split(word) == [word]
    except ValueError:  # a quote without its match
        is_one = False
    return word if is_one else shlex.quote(word)
