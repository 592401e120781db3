"""Takes a standalone system down: stopped, with all its data, or destroyed for good."""

import logging
import shutil
from pathlib import Path

from slap_cli.standalone.place import COMPUTER, Place
from slap_cli.standalone.ports import System
from slap_cli.standalone.record import Record
from slap_domain.errors import HostFailure, SlapError
from slap_domain.model.instance import InstanceRequest, InstanceState
from slap_domain.model.references import instance_title, software_type, software_url

_LOG = logging.getLogger(__name__)


def stop(system: System) -> None:
    """Stop every program, the supervisor and the master; what does not run stays so.

    Raises:
        HostFailure: something does not end.
    """
    try:
        system.node.stop()
    finally:
        system.master_process.stop()


def destroy_services(system: System, record: Record) -> None:
    """Let every service end as its release wants it to: the documented steps of destruction.

    A service that does not take part is no reason to keep it: its files go with the directory.
    """
    try:
        system.master_process.start()
        for name, service in record.services.items():
            system.master().request(
                InstanceRequest(
                    title=instance_title(name),
                    release=software_url(service.release),
                    type=software_type(service.type),
                    filters={"computer_guid": COMPUTER},
                    state=InstanceState.DESTROYED,
                )
            )
        system.node.deploy()
        system.node.report()
    except SlapError as error:
        _LOG.warning("the services could not be destroyed step by step: %s", error)


def delete(place: Place) -> None:
    """Delete everything that a standalone system made in its directory, and the directory if that empties it.

    Raises:
        HostFailure: something cannot be deleted.
    """
    try:
        for path in place.made_here():
            if path.is_dir() and not path.is_symlink():
                _make_writable(path)
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not any(place.directory.iterdir()):
            place.directory.rmdir()
    except OSError as error:
        raise HostFailure(f"{error.filename} cannot be deleted: {error.strerror}") from error


def _make_writable(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o700)
