"""What was made for a partition, in files of its directory that only the node itself is believed to write."""

import json
from collections.abc import Sequence

from slap_domain.errors import HostFailure
from slap_domain.model.partition import PartitionPlace
from slap_node import guarded_files

RULES = ".slapos-firewalld-rules"
PENDING = ".slapos-firewalld-rules.pending"


def own_record(place: PartitionPlace, name: str) -> str | None:
    """Return what the node itself wrote in a file of a partition's directory; None when there is none such.

    The directory is the partition's: a record that is not ours is not believed, else a partition could name
    the rules of others and have them removed.
    """
    try:
        return guarded_files.read_own_text(place.path, name)
    except HostFailure:  # a link or a pipe in its place: not ours either
        return None


class RecordedRules:
    """The rules that were made for a partition, in a file of its directory."""

    def __init__(self, place: PartitionPlace) -> None:
        self._place = place

    def read(self) -> tuple[str, ...]:
        """Return the rules, none when there is no record of ours."""
        try:
            content = json.loads(own_record(self._place, RULES) or "[]")
        except ValueError:
            return ()
        return tuple(map(str, content)) if isinstance(content, list) else ()

    def write(self, rules: Sequence[str]) -> None:
        """Record rules; the record of none is no file.

        Raises:
            HostFailure: it cannot be written.
        """
        if rules:
            guarded_files.write_text(self._place.path, RULES, text=json.dumps(list(rules)))
        else:
            guarded_files.remove(self._place.path, RULES)
