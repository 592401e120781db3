"""The configuration files of a standalone system: those that a person would write for the same machine."""

from collections.abc import Mapping
from pathlib import Path

from slap_cli.standalone.place import COMPUTER, Place
from slap_cli.standalone.record import Record

_NODE = """\
# Written by `slapos standalone`; use it with `slapos node … --cfg`.
[slapos]
computer_id = {computer}
master_url = {url}
software_root = {software_root}
instance_root = {instance_root}
root_check = false
single_user = true

[slapformat]
partition_amount = {partitions}
alter_user = false
alter_network = false
create_tap = false
partition_has_ipv6_range = false
shared_addresses = 127.0.0.1 ::1
computer_xml = {directory}/slapos.xml
"""

_CLIENT = """\
# Written by `slapos standalone`; use it with `slapos request … --cfg`.
[slapos]
master_url = {url}
"""

_MASTER = """\
# Written by `slapos standalone`; use it with `slapos proxy … --cfg`.
[slapos]
computer_id = {computer}

[slapproxy]
host = 127.0.0.1
port = {port}
database_uri = {database}
"""


def configuration_files(place: Place, record: Record) -> Mapping[Path, str]:
    """Return the text of each configuration file."""
    values = {
        "computer": COMPUTER,
        "url": record.master_url(),
        "port": str(record.port),
        "partitions": str(record.partitions),
        "directory": _escaped(place.directory),
        "database": _escaped(place.database),
        "software_root": _escaped(place.software_root),
        "instance_root": _escaped(place.instance_root),
    }
    return {
        place.node_configuration: _NODE.format_map(values),
        place.client_configuration: _CLIENT.format_map(values),
        place.master_configuration: _MASTER.format_map(values),
    }


def _escaped(path: Path) -> str:
    """Double the percent signs: the files are interpolated when they are read."""
    return str(path).replace("%", "%%")
