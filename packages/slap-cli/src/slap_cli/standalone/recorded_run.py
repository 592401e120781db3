"""Brings a service up, and records what it was built from and asked for, each once it is so."""

from dataclasses import replace
from pathlib import Path

from slap_cli.standalone.bringing_up import bring_up
from slap_cli.standalone.ports import Request, System
from slap_cli.standalone.record import Record, WantedService, read_record, write_record


def bring_up_recorded(
    system: System, record: Path, request: Request, sources: str, *, patience: float
) -> None:
    """Start the master, and make a service run.

    Args:
        system: whose master may run already.
        record: where what was asked for is kept.
        request: what is wanted.
        sources: the fingerprint of the local files of its release; a new one has it built again.
        patience: seconds that promises may take to hold.

    Raises:
        SlapError: it does not come up, or the record cannot be written.
    """
    before = read_record(record).sources.get(request.release, sources)

    def built() -> None:
        write_record(record, read_record(record).with_sources(request.release, sources))

    def accepted() -> None:
        write_record(record, _with_service(read_record(record), request))

    system.say("starting the master")
    system.master_process.start()
    wanted = replace(request, has_changed=sources != before)
    bring_up(system, wanted, accepted, patience=patience, built=built)


def _with_service(record: Record, request: Request) -> Record:
    return record.with_service(
        request.name,
        WantedService(release=request.release, type=request.type, parameters=dict(request.parameters or {})),
    )
