"""`slapos configure client`: makes the configuration and the certificate of a tenant."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import CLIENT_VARIABLE
from slap_cli.registration.options import add_master_urls, add_renew

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `configure client` takes."""
    parser.description = """\
Make the configuration of the slapos client for an account that exists on a master: a certificate and its
key are fetched from the master and stored beside the configuration. All client commands then use them.

A token is needed, given with --token or when asked for: on the site of the master, click Account, then Token.
It works for one `configure client` and expires after one day."""
    parser.epilog = """\
examples:
  Configure the client for an account on a master of your own:
    $ slapos configure client --master-url https://slap.example.com \\
        --master-url-web https://panel.example.com
  Get a new certificate before the present one expires; the former is kept as client.crt.old:
    $ slapos configure client --renew
"""
    parser.add_argument(
        "--cfg",
        help=f"configuration file to make (default: ${CLIENT_VARIABLE} or ~/.slapos/slapos-client.cfg)",
    )
    add_master_urls(parser)
    add_renew(parser, "an account that is configured")
    parser.add_argument("--token", help="the one-time token (default: it is asked for, and not shown)")


def run(options: Namespace, terminal: "Terminal") -> int:
    """Make it.

    Raises:
        SlapError: it exists already, or is not there to renew; the token is refused, or the master does not
            answer.
    """
    if options.renew:
        from slap_cli.wiring.renewal import renew_client

        return renew_client(options, terminal)
    from slap_cli.wiring.registration import configure_client

    return configure_client(options, terminal)
