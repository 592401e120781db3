"""The file in which a deployment notes the instances that its partition requests (node-conventions 3).

The node deletes it before a deployment, and afterwards tells the master what is in it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_ROOT_VARIABLE = "SLAPGRID_INSTANCE_ROOT"


def record_of(partition: str, environment: Mapping[str, str]) -> Path | None:
    """Return the file of a partition; None outside of a deployment, or when it is not ours to write.

    Args:
        partition: its id.
        environment: of the process; the node names the folder of all partitions there.
    """
    root = environment.get(_ROOT_VARIABLE)
    if not root or not partition or "/" in partition:
        return None
    folder = Path(root) / partition
    return folder / f".slapos-request-transaction-{partition}" if os.access(folder, os.W_OK) else None


def begin(partition: str, environment: Mapping[str, str]) -> None:
    """Make the file of a partition unless it is there: that it exists says that requests are noted."""
    record = record_of(partition, environment)
    if record is not None:
        record.touch()


def note(partition: str, title: str, environment: Mapping[str, str]) -> None:
    """Add the title of a requested instance to the file of the partition that requests it."""
    record = record_of(partition, environment)
    if record is not None:
        with record.open("a", encoding="utf-8") as file:
            file.write(f"{title}\n")
