"""The SLAP methods about computers (wire-slap section 4.1)."""

import secrets

from slap_domain.model.references import ComputerGuid, computer_guid, software_url
from slap_domain.model.software_release import SoftwareEvent, software_state
from slap_http_adapter.wire.description import computer_description
from slap_http_adapter.wire.marshal import dumps, loads_tree
from slap_http_adapter.wire.marshal_decoder import parsed_xml
from slap_proxy.http_api.assignment_documents import AssignmentDocuments
from slap_proxy.http_api.conversations import Converse, DeskFor
from slap_proxy.http_api.exchange import MARSHAL, Answer, Call, marshalled, text
from slap_proxy.status_views import computer_status
from slap_proxy.told_bangs import tell_bang

# Only who sends `X-Slapos-Conditional: yes` gets an ETag: clients of 1.6 keep whatever looks cacheable.
CONDITIONAL = b"x-slapos-conditional"


def named_computer(call: Call) -> ComputerGuid:
    """Return the computer that a request is about.

    Raises:
        InvalidInput: it names none, or what cannot be one.
    """
    return computer_guid(call.required("computer_id"))


class SlapComputers:
    """Answers what tenants and nodes say of computers."""

    def __init__(self, converse: Converse, desk_for: DeskFor) -> None:
        self._converse = converse
        self._desk_for = desk_for
        self._documents = AssignmentDocuments()
        # Revisions of another database, or of one restored from a copy, are not ours.
        self._start = secrets.token_hex(8)

    def information(self, call: Call) -> Answer:
        """Tell everything that the master wants of a computer."""
        guid = named_computer(call)
        self._converse(call.caller).nodes.heard(guid)
        document = self._desk_for(call.caller).read(
            lambda records, occasion: self._documents.document(records, occasion, guid)
        )
        if call.header(CONDITIONAL) != "yes" or not document.revision:
            return Answer(body=document.pieces, content_type=MARSHAL)
        tag = f'"{self._start}-{document.revision}"'
        headers = (("etag", tag), ("cache-control", "private, no-cache"))
        if call.header(b"if-none-match") == tag:
            return Answer(status=304, content_type=MARSHAL, headers=headers)
        return Answer(body=document.pieces, content_type=MARSHAL, headers=headers)

    def status(self, call: Call) -> Answer:
        """Tell how a computer is."""
        guid = named_computer(call)
        desk = self._desk_for(call.caller)
        return marshalled(
            dumps(desk.read(lambda records, occasion: computer_status(records, occasion, guid)))
        )

    def load_configuration(self, call: Call) -> Answer:
        """Take the description of a formatted computer (wire-slap 4.2)."""
        document = call.required("xml")
        description = computer_description(loads_tree(document))
        self._converse(call.caller).hosts.describe(description, document=document)
        return text("done")

    def supply(self, call: Call) -> Answer:
        """Ask that a computer has a release, or gets rid of it."""
        release = software_url(call.required("url"))
        state = software_state(call.optional("state") or "available")
        self._converse(call.caller).tenants.supply(release, named_computer(call), state)
        return text(f"Supplied '{release}' to be {state}")

    def building(self, call: Call) -> Answer:
        """Note that a release is being built."""
        return self._report(call, SoftwareEvent.BUILDING)

    def available(self, call: Call) -> Answer:
        """Note that a release is there."""
        return self._report(call, SoftwareEvent.AVAILABLE)

    def destroyed(self, call: Call) -> Answer:
        """Note that a release is gone."""
        return self._report(call, SoftwareEvent.DESTROYED)

    def error(self, call: Call) -> Answer:
        """Note that a release failed to build."""
        return self._report(call, SoftwareEvent.ERROR)

    def _report(self, call: Call, event: SoftwareEvent) -> Answer:
        release = software_url(call.required("url"))
        log = call.optional("error_log")
        self._converse(call.caller).nodes.report_software(named_computer(call), release, event, log)
        return text("OK")

    def use(self, call: Call) -> Answer:
        """Account consumption."""
        journal = call.required("use_string")
        parsed_xml(journal.encode(), "use_string")
        self._converse(call.caller).hosts.report_usage(named_computer(call), journal)
        return text("OK")

    def bang(self, call: Call) -> Answer:
        """Have every instance of a computer processed again."""
        computer, reason = named_computer(call), call.optional("message")
        self._converse(call.caller).hosts.bang_computer(computer, reason)
        tell_bang(computer, reason)
        return marshalled(dumps(""))
