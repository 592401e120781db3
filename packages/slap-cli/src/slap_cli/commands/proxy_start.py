"""`slapos proxy start`: runs the embedded master."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `proxy start` takes."""
    parser.description = """\
Run the embedded SlapOS master in the foreground, until Ctrl-C or SIGTERM.

Without any configuration it listens on 127.0.0.1 port 5000 and keeps its database in your state directory;
it says where."""
    parser.epilog = _EPILOG
    add_node_configuration(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 5000)")
    parser.add_argument(
        "-u",
        "--database-uri",
        help="path of the SQLite database, or URL of a PostgreSQL one (default: proxy.sqlite in your state "
        "directory)",
    )
    parser.add_argument(
        "--local-software-release-root",
        help="directory below which paths of software releases are moved when it changes (default: /)",
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Run it.

    Raises:
        SlapError: it cannot start.
    """
    from slap_cli.wiring.master import serve

    return serve(options, terminal)


_EPILOG = """\
The configuration is read from section [slapproxy], merged with [slapos]; the command line wins over both.

behind a reverse proxy, or with TLS:
  Everybody who reaches the master may command it, unless section [slapproxy] says `trust = tls`: it then
  makes its own certificates and asks its callers for theirs. A reverse proxy in front may end TLS: the
  master honours X-Forwarded-Proto, -Host and -Prefix of one hop, and takes the client's certificate from the
  header that `trusted_certificate_header` names. The master refuses to listen on an address that the network
  can reach while trust is open, unless `allow_open_network = true`.

examples:
  A master for this machine:
    $ slapos proxy start
  Another one, beside it:
    $ slapos proxy start --port 5001 --database-uri /tmp/second.sqlite
"""
