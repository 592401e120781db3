"""Format a computer: make its users, directories and addresses, and describe it to its master."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath

from slap_domain.errors import HostFailure, InvalidInput, MasterUnreachable
from slap_domain.model.configuration import parse_configuration
from slap_domain.model.host.changes import (
    CreateGroup,
    CreateUser,
    HostChange,
    LockPassword,
    MakeDirectory,
    ModifyUser,
    WriteDocument,
)
from slap_domain.model.host.layout import ComputerLayout, HostFacts
from slap_domain.model.host.settings import FormatSettings
from slap_domain.model.host.state import FoundAccounts, FoundNetwork, HostState
from slap_domain.planning.host.definition import defined_layout, definition_text
from slap_domain.planning.host.document import computer_description, computer_document, recorded_layout
from slap_domain.planning.host.layout import check_amount, check_interfaces, planned_layout, with_storage
from slap_domain.planning.host.plan import (
    FormatPlan,
    PlannedDocument,
    directories,
    format_plan,
    resource_documents,
)
from slap_domain.planning.host.recovery import recovered_layout
from slap_domain.ports.host import Host
from slap_domain.ports.master_for_hosts import MasterForHosts

_TRIES = 10
_ACCOUNT_CHANGES = (CreateGroup, CreateUser, ModifyUser, LockPassword)
_FILE_CHANGES = (MakeDirectory, WriteDocument)


class MasterAnswer(StrEnum):
    """What became of the description that was sent to the master."""

    TOLD = "told"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOutcome:
    """What a run did.

    Attributes:
        complaint: why the master was not told; empty when it was.
    """

    plan: FormatPlan
    master: MasterAnswer
    complaint: str = ""


class FormatComputer:
    """Decides what a host lacks, makes it, and describes the computer to its master.

    A second run changes nothing. A run that was interrupted is completed by the next one.

    Args:
        host: the machine.
        master: whom to tell.
        report: is told each change, in one line, as it is made.
        alone: keeps other runs for the same record away while it changes something.
    """

    def __init__(
        self,
        host: Host,
        master: MasterForHosts,
        report: Callable[[str], None] = lambda _line: None,
        alone: Callable[[PurePosixPath], AbstractContextManager[None]] = lambda _record: nullcontext(),
    ) -> None:
        self._host = host
        self._master = master
        self._report = report
        self._alone = alone

    def plan(self, settings: FormatSettings) -> FormatPlan:
        """Return what would be changed, and change nothing.

        Raises:
            Conflict: partitions would be dropped, or a name of ours is somebody else's.
            HostFailure: the machine has no such interface, no usable prefix, or no free address.
            InvalidInput: the record is malformed.
        """
        return self._plan(settings, frozenset())

    def run(self, settings: FormatSettings) -> FormatOutcome:
        """Format the computer and tell its master; a master that is away is told by the next run.

        Raises:
            RequestRefused: see `plan`; or the master refuses the description.
            HostFailure: see `plan`; or a change cannot be made.
            AlreadyRunning: another run does it just now.
        """
        with self._alone(settings.record):
            plan = self._apply(settings)
        try:
            self._master.describe(
                computer_description(plan.layout), document=self._record_text(settings, plan.layout)
            )
        except MasterUnreachable as error:
            return FormatOutcome(plan=plan, master=MasterAnswer.AWAY, complaint=str(error))
        return FormatOutcome(plan=plan, master=MasterAnswer.TOLD)

    def _apply(self, settings: FormatSettings) -> FormatPlan:
        """Apply plans until no address turns out to be taken; what is returned holds all that was done."""
        refused: frozenset[IPv4Address | IPv6Address] = frozenset()
        done: list[HostChange] = []
        for _ in range(_TRIES):
            plan = self._plan(settings, refused)
            for change in plan.changes:
                self._make(change)
                done.append(change)
            taken = self._host.network.settle() if settings.alter_network else frozenset()
            if not taken:
                return replace(plan, changes=tuple(done))
            for address in sorted(map(str, taken)):
                self._report(f"address {address} is in use by another machine")
            refused |= taken
        raise HostFailure(
            f"too many addresses were in use by other machines: {', '.join(sorted(map(str, refused)))}"
        )

    def _make(self, change: HostChange) -> None:
        self._report(change.describe())
        if isinstance(change, _ACCOUNT_CHANGES):
            self._host.accounts.apply(change)
        elif isinstance(change, _FILE_CHANGES):
            self._host.files.apply(change)
        else:
            self._host.network.apply(change)

    def _plan(self, settings: FormatSettings, refused: frozenset[IPv4Address | IPv6Address]) -> FormatPlan:
        recorded = self._recorded(settings)
        network = self._host.network.observe() if settings.alter_network else FoundNetwork()
        layout = self._layout(settings, recorded, network, refused)
        if settings.instance_storage_home is not None:
            disks = self._host.files.disks(settings.instance_storage_home)
            layout = with_storage(layout, settings.instance_storage_home, disks)
        documents = self._documents(settings, layout, self._host.machine.facts())
        paths = frozenset(item.path for item in (*documents, *resource_documents(layout)))
        state = HostState(
            accounts=self._host.accounts.observe() if settings.alter_user else FoundAccounts(),
            network=network,
            files=self._host.files.observe(directories(settings, layout), paths),
        )
        return format_plan(settings, layout, recorded, state, documents)

    def _recorded(self, settings: FormatSettings) -> ComputerLayout | None:
        text = self._host.files.read(settings.record)
        if text is None:
            return recovered_layout(settings, self._host.files.read_own)
        try:
            return recorded_layout(self._host.records.read(text))
        except InvalidInput as error:
            raise InvalidInput(
                f"{settings.record}: {error.message}",
                hint="restore computer_xml from its .zip, or move it away: partitions keep what they have",
            ) from error

    def _layout(
        self,
        settings: FormatSettings,
        recorded: ComputerLayout | None,
        network: FoundNetwork,
        refused: frozenset[IPv4Address | IPv6Address],
    ) -> ComputerLayout:
        if settings.input_definition is None:
            return planned_layout(settings, recorded, network, refused)
        check_amount(settings, recorded)
        check_interfaces(settings, network)
        text = self._host.files.read(settings.input_definition)
        if text is None:
            raise HostFailure(f"input definition file {settings.input_definition} does not exist")
        return defined_layout(parse_configuration(text, str(settings.input_definition)), settings)

    def _record_text(self, settings: FormatSettings, layout: ComputerLayout) -> str:
        return self._host.records.write(computer_document(layout, settings, self._host.machine.facts()))

    def _documents(
        self, settings: FormatSettings, layout: ComputerLayout, facts: HostFacts
    ) -> tuple[PlannedDocument, ...]:
        document = computer_document(layout, settings, facts)
        documents = [
            PlannedDocument(path=settings.record, text=self._host.records.write(document), archived=True)
        ]
        if settings.json_document is not None:
            text = json.dumps(document, indent=2, sort_keys=True) + "\n"
            documents.append(PlannedDocument(path=settings.json_document, text=text))
        if settings.output_definition is not None:
            documents.append(PlannedDocument(path=settings.output_definition, text=definition_text(layout)))
        return tuple(documents)
