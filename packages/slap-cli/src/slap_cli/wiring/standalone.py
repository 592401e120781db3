"""Puts a standalone system together: a master's process, a node, and a tenant."""

import logging
import threading
from argparse import Namespace

from slap_cli.exit_status import ExitStatus
from slap_cli.node.stopping import ended_by_signals
from slap_cli.options import wants_json
from slap_cli.standalone.caretaker_process import LocalCaretaker
from slap_cli.standalone.directory_lock import end_holder, is_held, locked
from slap_cli.standalone.master_process import LocalMaster
from slap_cli.standalone.one_run import run_to_the_end
from slap_cli.standalone.place import Place, place_at
from slap_cli.standalone.progress_display import progress_display
from slap_cli.standalone.record import read_record, write_record
from slap_cli.standalone.recorded_run import bring_up_recorded
from slap_cli.standalone.requested_service import requested
from slap_cli.standalone.status_report import say_service, system_report
from slap_cli.standalone.taking_down import delete, destroy_services
from slap_cli.standalone.taking_down import stop as stop_system
from slap_cli.terminal import Terminal
from slap_cli.wiring.standalone_system import system_at
from slap_domain.errors import NotFound
from slap_node.buildout.local_sources import fingerprint
from slap_node.supervisor.layout import SupervisorLayout

_LOG = logging.getLogger(__name__)
_PATIENCE_WITH_HOLDER = 90.0


def run(options: Namespace, terminal: Terminal) -> int:
    """Run `slapos standalone run` and return its exit status.

    Raises:
        SlapError: the service does not come up; what was started for it is stopped again.
    """
    place = _place(options, terminal)
    request = requested(options, read_record(place.record))
    SupervisorLayout(instance_root=place.instance_root).check()
    place.prepare()
    cancel = threading.Event()
    kept_away = LocalCaretaker(place=place).away(LocalMaster(place=place).is_running)
    with locked(place.lock), ended_by_signals(cancel), kept_away:
        record = read_record(place.record).with_partitions(options.partitions, in_use=place.is_in_use)
        write_record(place.record, record)
        sources = fingerprint(request.release)
        with progress_display(terminal, _LOG.info) as display, system_at(place, display, cancel) as system:
            run_to_the_end(
                system,
                lambda: bring_up_recorded(system, place.record, request, sources, patience=options.patience),
                lambda: say_service(system, request, display, terminal),
                detached=options.detach,
            )
    return ExitStatus.OK


def status(options: Namespace, terminal: Terminal) -> int:
    """Run `slapos standalone status` and return its exit status.

    Raises:
        SlapError: nothing was ever run here, or the master does not answer.
    """
    place = _used_place(options, terminal)
    kept = LocalCaretaker(place=place).is_running() or is_held(place.lock)
    with system_at(place) as system:
        report = system_report(system, read_record(place.record), str(place.directory), kept=kept)
    if wants_json(options, terminal):
        terminal.say_json(report.document())
    else:
        for line in report.lines():
            terminal.say(line)
    return ExitStatus.OK if report.all_run else ExitStatus.INCOMPLETE


def stop(options: Namespace, terminal: Terminal) -> int:
    """Run `slapos standalone stop` and return its exit status.

    Raises:
        SlapError: nothing was ever run here, or something does not end.
    """
    place = _used_place(options, terminal)
    end_holder(place.lock, _PATIENCE_WITH_HOLDER)
    with locked(place.lock), system_at(place) as system:
        LocalCaretaker(place=place).stop()
        stop_system(system)
    _LOG.info("everything in %s is stopped", place.directory)
    return ExitStatus.OK


def destroy(options: Namespace, terminal: Terminal) -> int:
    """Run `slapos standalone destroy` and return its exit status.

    Raises:
        SlapError: nothing was ever run here, something does not end, or cannot be deleted.
    """
    place = _used_place(options, terminal)
    end_holder(place.lock, _PATIENCE_WITH_HOLDER)
    with locked(place.lock), progress_display(terminal, _LOG.info) as display:
        LocalCaretaker(place=place).stop()
        with system_at(place, display) as system:
            try:
                destroy_services(system, read_record(place.record))
            finally:
                stop_system(system)
        delete(place)
    _LOG.info("%s is deleted", place.directory)
    return ExitStatus.OK


def _place(options: Namespace, terminal: Terminal) -> Place:
    return place_at(options.directory, terminal.environment, terminal.home)


def _used_place(options: Namespace, terminal: Terminal) -> Place:
    place = _place(options, terminal)
    if not place.is_in_use:
        raise NotFound(
            f"nothing was ever run in {place.directory}", hint="name the directory with --directory"
        )
    return place
