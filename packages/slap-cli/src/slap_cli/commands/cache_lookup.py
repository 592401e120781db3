"""`slapos cache lookup`: asks the network cache for builds of a software release."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from slap_cli.options import add_node_configuration

if TYPE_CHECKING:
    from slap_cli.terminal import Terminal


def build_parser(parser: ArgumentParser) -> None:
    """Add what `cache lookup` takes."""
    parser.description = """\
Ask the network cache for builds of a software release: for which distributions and versions it has one, and
which of them this machine could use. In place of the URL you can give its MD5 hash."""
    parser.epilog = """\
examples:
  Is this release available, already built, for this distribution?
    $ slapos cache lookup http://git.erp5.org/gitweb/slapos.git/blob_plain/refs/tags/slapos-0.156:/software/kvm/software.cfg
    Software URL: http://git.erp5.org/gitweb/slapos.git/blob_plain/refs/tags/slapos-0.156:/software/kvm/software.cfg
    MD5:          4410088e11f370503e9d78db4cfa4ec4
    -------------
    Available for:
    distribution |  version  |       id       | compatible?
    -------------+-----------+----------------+------------
    Ubuntu       |   12.04   |    precise     |     yes
"""
    parser.add_argument("software_url", help="URL of the software release, or its MD5 hash")
    add_node_configuration(parser)


def run(options: Namespace, terminal: "Terminal") -> int:
    """Print what there is.

    Raises:
        SlapError: the cache is not configured, or cannot be reached.
    """
    from slap_cli.wiring.network_cache import lookup_release

    return lookup_release(options, terminal)
