"""`slapos node register`: makes this machine a computer of a master."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration
from slap_cli.registration.options import add_master_urls, add_network, add_renew

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `node register` takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    parser.add_argument("node_name", nargs="?", help="title of the computer, chosen by you")
    add_node_configuration(parser)
    add_network(parser, interface="eth0", partitions=10)
    add_master_urls(parser)
    parser.add_argument("--ipv6-interface", help="interface that has the IPv6 address (default: not written)")
    parser.add_argument(
        "--login-auth", action="store_true", help="no longer supported by masters: use --token"
    )
    parser.add_argument("--login", help="no longer supported by masters: use --token")
    parser.add_argument("--password", help="no longer supported by masters: use --token")
    parser.add_argument(
        "--token",
        help="one-time token from `slapos computer token` or the master's site (default: it is asked for)",
    )
    parser.add_argument(
        "-t",
        "--create-tap",
        action="store_true",
        help="create a tap device for each partition, to host virtual machines (default: not written)",
    )
    parser.add_argument(
        "--instance-root",
        default="/srv/slapgrid",
        help="directory of the partitions (default: /srv/slapgrid)",
    )
    parser.add_argument(
        "--software-root",
        default="/opt/slapgrid",
        help="directory of the software releases (default: /opt/slapgrid)",
    )
    add_renew(parser, "the computer that is registered")
    parser.add_argument("-n", "--dry-run", action="store_true", help="say what would be done, and do nothing")


def run(options: Namespace, terminal: "Terminal") -> int:
    """Register it.

    Raises:
        SlapError: the token is refused, the master cannot be reached, or a file cannot be written.
    """
    if options.renew:
        from slap_cli.wiring.renewal import renew_node

        return renew_node(options, terminal)
    if not options.node_name:
        from slap_cli.exit_status import UsageError

        raise UsageError("the name of the computer is missing", hint="slapos node register NAME")
    from slap_cli.wiring.registration import register

    return register(options, terminal)


_DESCRIPTION = """\
Register this machine on a SlapOS master as a computer, and write its configuration.

These files are made, below /etc/opt/slapos unless --cfg names another place:
  slapos.cfg       configuration of this node
  ssl/certificate  certificate of this node
  ssl/key          its private key

A token is needed, given with --token or when asked for. It works for one `node register` and expires after
one day. Where the node is already registered, a warning is given, and its files are kept as a backup."""

_EPILOG = """\
examples:
  Register the computer "mycomputer":
    $ slapos node register mycomputer
  Take br0 as its interface, tap0 for IPv6, and another network for local IPv4:
    $ slapos node register mycomputer --interface-name br0 --ipv6-interface tap0 \\
        --ipv4-local-network 11.0.0.0/16
  Register it on a master of your own (the first URL is that of its API, not of its site):
    $ slapos node register mycomputer --master-url https://slap.myownslaposmaster.com \\
        --master-url-web https://www.myownslaposmaster.com
  Create tap devices, to be able to host virtual machines:
    $ slapos node register mycomputer --create-tap
  Get a new certificate before the present one expires; the former is kept as certificate.old:
    $ slapos node register --renew
"""
