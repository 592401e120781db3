"""Every command of `slapos`, with its one-line summary, as plain tables: listing them must import nothing."""

CLIENT_COMMANDS = {
    "computer info": "show one of your computers",
    "computer list": "list your computers",
    "computer token": "get a token with which a computer registers itself",
    "configure client": "configure the slapos client with an existing account",
    "console": "open a Python console with the slap library imported",
    "info": "short for `service info`",
    "list": "short for `service list`",
    "remove": "remove a software release from a computer",
    "request": "request an instance and get its status and connection parameters",
    "service info": "show the status, software release and parameters of a service",
    "service list": "list your services",
    "supply": "supply a software release to a computer",
}

NODE_COMMANDS = {
    "node": "short for `node status`",
    "node bang": "ask that every instance of this computer is processed again",
    "node boot": "wait for the network, format and bang, at the start of the machine",
    "node collect": "collect the consumption of this computer and store it",
    "node format": "create users, partitions and network configuration",
    "node instance": "deploy instances",
    "node promise": "run only promises, to test the state of the partitions",
    "node prune": "delete shared parts that nothing uses any more",
    "node register": "register this computer on a SlapOS master",
    "node report": "run usage reports and delete destroyed instances",
    "node restart": "restart processes of instances",
    "node software": "build and delete software releases",
    "node start": "start processes of instances",
    "node status": "show the processes of instances",
    "node stop": "stop processes of instances",
    "node supervisorctl": "open the supervisor console, for process management",
    "node supervisord": "launch the supervisor daemon unless it runs",
    "node tail": "show the output of a process",
}

OTHER_COMMANDS = {
    "cache lookup": "ask the network cache for builds of a software release",
    "cache source": "ask the network cache for a downloaded file",
    "cachelookup binary-sr": "another name of `cache lookup`",
    "cachelookup pypi": "ask the network cache for a Python package",
    "cachelookup url": "another name of `cache source`",
    "complete": "print the completion script of a shell",
    "configure local": "configure a node, its master and a client on this machine, ready to use",
    "help": "print the help of a command",
    "proxy certificates": "list or revoke the certificates that the embedded master gave out",
    "proxy show": "show what the embedded master knows",
    "proxy start": "start the embedded, stand-alone SlapOS master",
    "proxy token": "make a one-time token for a user or a computer of the embedded master",
    "standalone destroy": "stop the service of `standalone run` and delete it",
    "standalone run": "run a service on this machine with one command",
    "standalone status": "show the service of `standalone run`",
    "standalone stop": "stop the service of `standalone run`, keeping its data",
}

GROUPS = (
    ("client commands", CLIENT_COMMANDS),
    ("node commands", NODE_COMMANDS),
    ("other commands", OTHER_COMMANDS),
)

COMMANDS = {**CLIENT_COMMANDS, **NODE_COMMANDS, **OTHER_COMMANDS}

# Other names of a command: what it is called here, and what it does.
ALIASES = {
    "info": "service info",
    "list": "service list",
    "node": "node status",
    "cachelookup url": "cache source",
    "cachelookup binary-sr": "cache lookup",
}


def module_of(command: str) -> str:
    """Return the module of a command: `node status` lives in slap_cli.commands.node_status."""
    words = ALIASES.get(command, command)
    return "slap_cli.commands." + words.replace(" ", "_").replace("-", "_")


def beginning_with(word: str) -> list[str]:
    """Return the commands of several words that begin with a word: `service` gives `service info`, …."""
    return [command for command in COMMANDS if command.startswith(word + " ")]
