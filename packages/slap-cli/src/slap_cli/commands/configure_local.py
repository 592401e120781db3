"""`slapos configure local`: makes this machine a master, a node and a client at once."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration
from slap_cli.registration.options import add_network

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `configure local` takes."""
    parser.description = """\
Make this machine a self-contained SlapOS: its own master, a node, and a client, from scratch to ready to use.
The configuration is written, the master runs under the node's supervisor, and the computer is formatted."""
    parser.epilog = """\
undo:
  End everything that runs, then delete what was made:
    $ slapos node supervisorctl --cfg /etc/opt/slapos/slapos.cfg shutdown
    $ rm -r /etc/opt/slapos /srv/slapgrid /opt/slapgrid /opt/slapos
  As root the users slapuser0, slapuser1, … and slapsoft were made too; `userdel` removes each.

examples:
  Without root, in directories of your own:
    $ slapos configure local \\
        --slapos-instance-root ~/slapos/instance --slapos-software-root ~/slapos/software \\
        --slapos-buildout-directory ~/slapos/own --slapos-configuration-directory ~/slapos/etc
"""
    add_node_configuration(parser)
    add_network(parser, interface="lo", partitions=20)
    parser.add_argument(
        "--daemon-listen-ip", default="127.0.0.1", help="address of the master (default: 127.0.0.1)"
    )
    parser.add_argument("--daemon-listen-port", type=int, default=8080, help="its port (default: 8080)")
    for option, what, default in (
        ("--slapos-instance-root", "directory of the partitions", "/srv/slapgrid"),
        ("--slapos-software-root", "directory of the software releases", "/opt/slapgrid"),
        ("--slapos-buildout-directory", "directory of the node's own files", "/opt/slapos"),
        ("--slapos-configuration-directory", "directory of the configuration", "/etc/opt/slapos"),
    ):
        parser.add_argument(option, default=default, help=f"{what} (default: {default})")
    parser.add_argument(
        "--enable-shacache-proxy",
        action="store_true",
        help="let the master also serve a network cache of what this node builds",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Make it.

    Raises:
        SlapError: a file cannot be written, or the computer cannot be formatted.
    """
    from slap_cli.wiring.registration import configure_local

    return configure_local(options, terminal)
