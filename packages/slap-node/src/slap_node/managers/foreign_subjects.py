"""What third parties' managers are given for the computer and for releases, as the existing node gives it."""

import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from slap_domain.model.software_release import SuppliedRelease, release_directory_name

_COMPUTER_OPTIONS = (
    "instance_storage_home",
    "ipv6_interface",
    "software_user",
    "tap_gateway_interface",
)
_SOFTWARE_OPTIONS = (
    "buildout",
    "download_binary_cache_url",
    "download_binary_dir_url",
    "shacache_ca_file",
    "shacache_cert_file",
    "shacache_key_file",
    "shadir_ca_file",
    "shadir_cert_file",
    "shadir_key_file",
    "signature_certificate_list",
    "signature_private_key_file",
    "upload_binary_cache_url",
    "upload_binary_dir_url",
    "upload_cache_url",
    "upload_dir_url",
)


class ForeignComputer:
    """What the hooks around the formatting of a computer are given."""

    instance_storage_home: str | None
    ipv6_interface: str | None
    software_user: str | None
    tap_gateway_interface: str | None

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.logger = logging.getLogger("slapos")
        self.reference = options["computer_id"]
        self.software_root = options["software_root"]
        self.instance_root = options["instance_root"]
        _take(self, options, _COMPUTER_OPTIONS)
        amount = str(options.get("partition_amount") or "0")
        self.partition_list = [
            ForeignFormattedPartition(options, number)
            for number in range(int(amount) if amount.isdecimal() else 0)
        ]


class ForeignFormattedPartition:
    """One of a computer's partitions, which may not be there yet."""

    def __init__(self, options: Mapping[str, Any], number: int) -> None:
        self.reference = f"{options.get('partition_base_name') or 'slappart'}{number}"
        self.path = str(PurePosixPath(options["instance_root"]) / self.reference)
        self.user = ForeignUser(f"{options.get('user_base_name') or 'slapuser'}{number}")


class ForeignUser:
    """The user of a partition."""

    def __init__(self, name: str) -> None:
        self.name = name


class ForeignSoftware:
    """What the hooks around the work on a release are given."""

    def __init__(self, options: Mapping[str, Any], release: SuppliedRelease) -> None:
        self.logger = logging.getLogger("slapos")
        self.url = str(release.url)
        self.software_root = options["software_root"]
        self.software_url_hash = release_directory_name(release.url)
        self.software_path = str(PurePosixPath(self.software_root) / self.software_url_hash)
        self.shared_part_list = options.get("shared_part_list") or ""
        self.build_time_part_list = options.get("build_time_part_list") or ""
        self.buildout_debug = is_true(options, "buildout_debug")
        self.develop = is_true(options, "develop")
        _take(self, options, _SOFTWARE_OPTIONS)


def is_true(options: Mapping[str, Any], key: str) -> bool:
    """Tell whether an option that is yes or no says yes."""
    return str(options.get(key) or "").strip().lower() in {"1", "on", "true", "yes"}


def _take(subject: object, options: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Give an object the options of these names, which may be written with dashes; None where not set."""
    for name in names:
        setattr(subject, name, options.get(name) or options.get(name.replace("_", "-")) or None)
