"""The words that commands of a tenant have in common."""

from argparse import ArgumentParser

from slap_cli.options import completes, completes_release


def add_release(parser: ArgumentParser) -> None:
    """Add the software release that is meant."""
    completes_release(
        parser.add_argument("software_url", help="URL, path, alias or product of the software release")
    )


def add_release_and_computer(parser: ArgumentParser) -> None:
    """Add the software release and the computer that are meant."""
    add_release(parser)
    completes(parser.add_argument("node", help="id of the computer"), "computers")
