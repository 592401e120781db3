"""How processes are named on the command line, for the commands that act on them."""

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
