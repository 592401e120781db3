"""The profile with which an instance is deployed: the release's template and what the node adds to it."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.errors import DeploymentFailed
from slap_domain.model.computer import AssignedInstance
from slap_domain.model.partition import PartitionPlace
from slap_node import guarded_files
from slap_node.settings import NodeSettings

_TEMPLATES = ("instance.cfg", "template.cfg")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connection:
    """The values of the section that recipes reach the master with, under its modern and its old name."""

    computer: str
    partition: str
    server: str
    release: str
    key: str
    certificate: str

    def lines(self, separator: str) -> str:
        pairs = (
            ("computer_id", self.computer),
            ("partition_id", self.partition),
            ("server_url", self.server),
            ("software_release_url", self.release),
            ("key_file", self.key),
            ("cert_file", self.certificate),
        )
        return "".join(f"{name.replace('_', separator)} = {value}\n" for name, value in pairs)


def instance_template(release_directory: PurePosixPath) -> str:
    """Return the instance profile of a release.

    Raises:
        DeploymentFailed: it has none.
    """
    for name in _TEMPLATES:
        text = guarded_files.read_text(release_directory, name)
        if text is not None:
            return text
    built = Path(release_directory / ".completed").exists()
    raise DeploymentFailed(
        f"the release in {release_directory} has no {_TEMPLATES[0]}",
        hint="its software profile has to write this file"
        if built
        else "it is not built completely: run `slapos node software`, and see what that says",
    )


def instance_profile(
    template: str, settings: NodeSettings, place: PartitionPlace, instance: AssignedInstance
) -> str:
    """Return the text of a partition's `buildout.cfg` (node-conventions 3.1)."""
    repository = settings.certificate_repository
    connection = _Connection(
        computer=settings.computer,
        partition=place.id,
        server=settings.master_url,
        release=instance.release,
        key="" if repository is None else f"{repository}/{place.id}.key",
        certificate="" if repository is None else f"{repository}/{place.id}.crt",
    )
    return (
        f"{template.rstrip()}\n\n"
        "# What follows is added by the node.\n"
        "[buildout]\n"
        "bin-directory = ${buildout:directory}/sbin\n"
        "offline = true\n\n"
        f"[slap-connection]\n{connection.lines('-')}"
        f"shared-part-list = {_list(settings.shared_parts)}\n"
        f"build-time-part-list = {_list(settings.build_time_parts)}\n"
        f"requested-state = {instance.state}\n\n"
        f"[slap_connection]\n{connection.lines('_')}\n"
        f"[storage-configuration]\nstorage-home = {settings.storage_home}\n\n"
        f"[network-information]\nglobal-ipv4-network = {settings.ipv4_global_network}\n"
    )


def _list(paths: tuple[PurePosixPath, ...]) -> str:
    return "".join(f"\n  {path}" for path in paths)
