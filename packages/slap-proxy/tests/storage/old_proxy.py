"""Databases as the existing proxy kept them, schema versions 10 to 18, with one of everything."""

import sqlite3
from contextlib import closing
from pathlib import Path

RELEASE = "https://example.com/software.cfg"
INSTANCE = "<?xml version='1.0' encoding='utf-8'?>\n<instance>\n{}</instance>\n"
SHARED_LIST = (
    '<marshal><list id="i2"><dictionary id="i3"><string>domain</string><string>&#233;</string>'
    "<string>n</string><int>3</int><string>slap_software_type</string><string>default</string>"
    "<string>slave_reference</string><string>{0}</string><string>slave_title</string><string>{0}</string>"
    "</dictionary></list></marshal>"
)


def parameter(name: str, value: str) -> str:
    return INSTANCE.format(f'  <parameter id="{name}">{value}</parameter>\n')


class OldProxy:
    """Writes a database of one version; columns that a version did not have are left out."""

    def __init__(self, path: Path, version: int) -> None:
        self._path = path
        self._version = version
        self.computer = "computer" if version > 10 else ""
        self.knows_titles = version >= 17

    def write(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            for base, columns in self._columns().items():
                connection.execute(f"CREATE TABLE {base}{self._version} ({', '.join(columns)})")
            for base, row in self._rows():
                known = {name: value for name, value in row.items() if name in self._columns()[base]}
                names, marks = ", ".join(known), ", ".join("?" * len(known))
                connection.execute(
                    f"INSERT INTO {base}{self._version} ({names}) VALUES ({marks})", tuple(known.values())
                )
            connection.commit()

    def _columns(self) -> dict[str, tuple[str, ...]]:
        since = self._since
        where = since(11, "computer_reference")
        requester = since(17, "requester_id")
        tables = {
            "software": ("url", *where, *since(11, "requested_state")),
            "computer": (*since(11, "reference"), "address", "netmask"),
            "partition": (
                *("reference", *where, "slap_state", "software_release", "xml", "connection_xml"),
                *("slave_instance_list", "software_type", "partition_reference", "requested_by"),
                *("requested_state", *requester, *since(13, "timestamp")),
            ),
            "slave": ("reference", *where, "connection_xml", "hosted_by", *(requester or ("asked_by",))),
            "partition_network": ("partition_reference", *where, "reference", "address", "netmask"),
        }
        if self._version >= 12:
            tables["forwarded_partition_request"] = ("partition_reference", "master_url")
        if 15 <= self._version <= 17:
            tables["local_software_release_root"] = ("path",)
        if self._version >= 18:
            tables["config"] = ("name", "value")
        return tables

    def _since(self, version: int, *names: str) -> tuple[str, ...]:
        return names if self._version >= version else ()

    def _rows(self):
        parents = ("", "web", "web") if self.knows_titles else (None, "slappart0", "slappart1")
        reference = "web_site" if self.knows_titles else "slappart1_site"
        yield (
            "software",
            {"url": RELEASE, "computer_reference": self.computer, "requested_state": "available"},
        )
        yield "computer", {"reference": self.computer, "address": "10.0.0.1", "netmask": "255.0.0.0"}
        for index, (title, parent) in enumerate(zip(("web", "db", "disk"), parents, strict=True)):
            yield (
                "partition",
                {
                    **self._slot(index),
                    "slap_state": "busy",
                    "software_release": RELEASE,
                    "xml": parameter("n", str(index)),
                    "connection_xml": parameter("url", title) if index else None,
                    "slave_instance_list": SHARED_LIST.format(reference) if index == 0 else None,
                    "software_type": "RootSoftwareInstance",
                    "partition_reference": title,
                    "requested_by": parent,
                    "requester_id": ("user", "slappart0", "slappart1")[index],
                    "requested_state": ("started", "stopped", "nonsense")[index],
                    "timestamp": 1600000000.5 if index == 0 else None,
                },
            )
        free = {"slap_state": "free", "requested_state": "started", "requested_by": "", "requester_id": ""}
        yield "partition", {**self._slot(3), **free}
        for index in range(4):
            yield "partition_network", self._address(index)
        asked = {"requester_id": "slappart1", "asked_by": "slappart1"}
        yield (
            "slave",
            {**self._slave(reference, "slappart0"), **asked, "connection_xml": parameter("url", "s")},
        )
        yield "slave", {**self._slave("_orphan", "slappart3"), "requester_id": "user"}
        for _ in range(1 if self._version >= 16 else 2):
            yield from self._remembered()

    def _remembered(self):
        if self._version >= 12:
            forwarded = {"partition_reference": "far", "master_url": "https://example.com/"}
            yield "forwarded_partition_request", forwarded
        if 15 <= self._version <= 17:
            yield "local_software_release_root", {"path": "/srv"}
        if self._version >= 18:
            yield "config", {"name": "local_software_release_root", "value": "/srv"}

    def _slot(self, index: int) -> dict[str, object]:
        return {"reference": f"slappart{index}", "computer_reference": self.computer}

    def _slave(self, reference: str, host: str) -> dict[str, object]:
        return {"reference": reference, "computer_reference": self.computer, "hosted_by": host}

    def _address(self, index: int) -> dict[str, object]:
        return {
            "partition_reference": f"slappart{index}",
            "computer_reference": self.computer,
            "reference": f"tap{index}",
            "address": f"10.0.0.{index + 2}",
            "netmask": "255.255.255.255",
        }
