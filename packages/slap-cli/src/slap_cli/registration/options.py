"""The options that commands which talk to a master for the first time have in common."""

from argparse import ArgumentParser, Namespace

from slap_cli.options import completes_file

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
    return site_of_master(str(options.master_url), options.master_url_web)


def site_of_master(url: str, site: str | None) -> str:
    """Return the URL of the site that belongs to a master, which may be named."""
    return site or (MASTER_WEB_URL if url.rstrip("/") == MASTER_URL else url)


def add_renew(parser: ArgumentParser, whose: str) -> None:
    """Add the option that renews what is there; it is ours, the existing command has none."""
    parser.add_argument(
        "--renew",
        action="store_true",
        help=f"get a new certificate for {whose}, as its configuration says, and change nothing else; the "
        "present one must still be valid, or --token be given",
    )


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
