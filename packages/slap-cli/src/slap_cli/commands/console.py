"""`slapos console`: a Python console with the slap library at hand."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_client_configuration, completes_file

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `console` takes."""
    parser.description = """\
Open a Python console, or run a script, with these names: `slap` is the connection to the master, `request`
and `supply` ask it for instances and releases, `product` knows its software products, and each alias of the
configuration is the URL that it stands for."""
    parser.epilog = """\
examples:
  >>> # Request an instance
  >>> request(kvm, "myuniquekvm")
  >>> # Request the installation of a release on a computer of yours
  >>> supply(kvm, "mycomputer")
  >>> # Read what an instance publishes
  >>> request(kvm, "myuniquekvm").getConnectionParameter("url")
  >>> # The best release of a software product of the master
  >>> request(product.kvm, "myuniquekvm")
"""
    add_client_configuration(parser)
    parser.add_argument("-u", "--master_url", help="URL of the master (default: that of the configuration)")
    completes_file(parser.add_argument("-k", "--key_file", help="key of the client certificate"))
    completes_file(parser.add_argument("-c", "--cert_file", help="client certificate"))
    shell = parser.add_mutually_exclusive_group()
    shell.add_argument(
        "-i",
        "--ipython",
        dest="shell",
        action="store_const",
        const="ipython",
        help="use IPython (the default where it is installed)",
    )
    shell.add_argument(
        "-b", "--bpython", dest="shell", action="store_const", const="bpython", help="use bpython"
    )
    shell.add_argument(
        "-p", "--python", dest="shell", action="store_const", const="python", help="use plain Python"
    )
    completes_file(
        parser.add_argument("script_file", nargs="?", help="script to run in place of the console")
    )


def run(options: Namespace, terminal: "Terminal") -> int:
    """Open it, or run the script.

    Raises:
        SlapError: the configuration is wrong, or the shell that was asked for is not installed.
    """
    from slap_cli.console.interactive_console import open_console

    return open_console(options, terminal)
