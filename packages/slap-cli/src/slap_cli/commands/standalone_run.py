"""`slapos standalone run`: a whole system for one service, from one command."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.standalone.options import (
    add_directory,
    name_of_service,
    number_of_partitions,
    parameter,
    seconds,
)

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `standalone run` takes."""
    parser.description = """\
Run a service on this machine: start a master, make partitions, build the software release, request the
instance, deploy it, wait for its promises, and print its state and connection parameters.

No root and no configuration is needed. Everything is kept in one directory; the same command run again goes
on where it was, and builds nothing that is built. It stays in the foreground until Ctrl-C, then stops all it
started; with --detach it returns, and everything stays up, looked after, until `slapos standalone stop`."""
    parser.epilog = _EPILOG
    parser.add_argument("software_url", help="URL or path of the software release's profile")
    parser.add_argument(
        "--name",
        type=name_of_service,
        help="name of the service (default: the name of the directory that the profile is in)",
    )
    parser.add_argument("--type", help="software type (default: the release's default type)")
    parser.add_argument(
        "--parameters",
        nargs="*",
        type=parameter,
        action="extend",
        metavar="k=v",
        help="parameters of the service (default: those of the last time; nothing after it: none)",
    )
    add_directory(parser)
    parser.add_argument(
        "--partitions",
        type=number_of_partitions,
        help="how many partitions to make (default: 10, or as many as there are)",
    )
    parser.add_argument(
        "--patience",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long promises may take to hold, counted from the last change (default: 60)",
    )
    parser.add_argument("--detach", action="store_true", help="return when the service runs")


def run(options: Namespace, terminal: "Terminal") -> int:
    """Run it.

    Raises:
        SlapError: it does not come up.
    """
    from slap_cli.wiring.standalone import run as run_standalone

    return run_standalone(options, terminal)


_EPILOG = """\
The directory holds the configuration that every other command takes with --cfg: slapos.cfg for
`slapos node …`, slapos-client.cfg for `slapos request …`, slapos-proxy.cfg for `slapos proxy …`.

examples:
  Run a web page, with a parameter, and stay:
    $ slapos standalone run examples/hello-web/software.cfg --parameters greeting=Bonjour
  Run it and return; look at it; stop it; delete it:
    $ slapos standalone run examples/hello-web/software.cfg --detach
    $ slapos standalone status
    $ slapos standalone stop
    $ slapos standalone destroy

exit status:
  0   the service ran (or runs, with --detach)
  1   it does not build, does not deploy, or a promise does not hold; what was started is stopped again
  10  another command works in the directory
"""
