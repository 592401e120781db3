"""The existing implementation beside which ours is measured: of a named environment, or made for the run."""

import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from features.worlds.existing_implementation import ExistingImplementation, install_existing_implementation


def add_peer(parser: ArgumentParser, *, otherwise: str) -> None:
    """Add --peer, which every measurement that compares takes.

    Args:
        parser: of the measurement.
        otherwise: what is done without it.
    """
    parser.add_argument(
        "--peer",
        type=_implementation,
        metavar="ENVIRONMENT",
        help=f"virtual environment that has slapos.core 1.26.1 (default: {otherwise})",
    )


def _implementation(environment: str) -> ExistingImplementation:
    found = ExistingImplementation(folder=Path(environment).absolute())
    if not found.slapos.is_file():
        raise ArgumentTypeError(f"{environment} is no environment with the slapos command")
    return found


@contextmanager
def peer_environment(given: ExistingImplementation | None) -> Iterator[ExistingImplementation]:
    """Give the existing implementation that --peer names, or else one that goes with the end of the block."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        yield install_existing_implementation(Path(folder))
