"""How processes are named on the command line, for the commands that act on them."""

from collections.abc import Sequence

from slap_domain.errors import NotFound

PROCESS = "<instance>:[process]"
PROCESS_HELP = (
    "a process, `slappart1:apache`, or all of an instance, `slappart1:`; without any, all of the computer"
)

EXAMPLES = {
    "start": """\
examples:
  Start all processes of slappart3:
    $ slapos node start slappart3:
""",
    "stop": """\
examples:
  Stop only apache in slappart1:
    $ slapos node stop slappart1:apache
""",
    "restart": """\
examples:
  Restart all processes of slappart3:
    $ slapos node restart slappart3:
""",
    "status": """\
examples:
  Show all processes of this computer:
    $ slapos node status
  Show those of slappart3:
    $ slapos node status slappart3:
""",
    "tail": """\
examples:
  Show the output of mysqld in slappart2:
    $ slapos node tail slappart2:mysqld
  Show it as it is written:
    $ slapos node tail -f slappart2:mysqld
""",
}


def wanted_processes(named: Sequence[str], processes: Sequence[str]) -> tuple[str, ...]:
    """Return the processes that are meant: named themselves, by their instance, or all when none is named.

    Raises:
        NotFound: one of the names means none of them.
    """
    if not named:
        return tuple(processes)
    wanted: list[str] = []
    for name in named:
        same = {name, f"{name}:{name}"}  # as supervisor has it
        meant = [each for each in processes if each in same or (name.endswith(":") and each.startswith(name))]
        if not meant:
            raise NotFound(f"there is no process {name!r}", hint="`slapos node status` lists them")
        wanted.extend(each for each in meant if each not in wanted)
    return tuple(wanted)
