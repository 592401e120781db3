"""The options that commands which talk to a master for the first time have in common."""

from argparse import ArgumentParser, Namespace

from slap_cli.completion.completed_values import completes_file

MASTER_URL = "https://slap.vifib.com"
MASTER_WEB_URL = "https://panel.rapid.space"
IPV4_NETWORK = "10.0.0.0/16"


def add_master_urls(parser: ArgumentParser) -> None:
    """Add the options that say which master is meant, and how it is verified."""
    parser.add_argument(
        "--master-url", default=MASTER_URL, help=f"URL of the master's API (default: {MASTER_URL})"
    )
    parser.add_argument(
        "--master-url-web",
        help="URL of the master's site, which gives certificates "
        f"(default: {MASTER_WEB_URL}; with another --master-url, that)",
    )
    completes_file(
        parser.add_argument(
            "--master-ca-file",
            default="",
            metavar="FILE",
            help="certificates by which the master is verified (default: those of the system)",
        )
    )


def site_of(options: Namespace) -> str:
    """Return the URL of the site that gives certificates.

    Where only another master is named, the site of the default one is not asked: it would be told the token.
    """
    if options.master_url_web:
        return str(options.master_url_web)
    return MASTER_WEB_URL if options.master_url == MASTER_URL else str(options.master_url)


def add_network(parser: ArgumentParser, *, interface: str, partitions: int) -> None:
    """Add what the configuration of a new node needs to know.

    Args:
        parser: of the command.
        interface: default of --interface-name.
        partitions: default of --partition-number.
    """
    parser.add_argument(
        "--interface-name",
        default=interface,
        help=f"primary network interface, which gets the addresses of the partitions (default: {interface})",
    )
    parser.add_argument(
        "--partition-number",
        type=int,
        default=partitions,
        help=f"number of partitions to create (default: {partitions})",
    )
    parser.add_argument(
        "--ipv4-local-network",
        default=IPV4_NETWORK,
        help="network from which local IPv4 addresses are taken; nothing else should use it "
        f"(default: {IPV4_NETWORK})",
    )
