"""Giving callers their identity: for a token, or in place of an identity they have already."""

import re
from datetime import UTC, datetime

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import Caller, CallerKind
from slap_domain.model.master.occasion import Occasion
from slap_domain.model.master.records import Bearer, ComputerRecord
from slap_domain.model.references import ComputerGuid, InstanceTitle, instance_title
from slap_domain.planning.master.permission import check_tenant
from slap_domain.ports.registry import Records
from slap_domain.use_cases.master.assign_computer import recorded_computer
from slap_proxy.http_api.conversations import DeskFor
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.issued import Issued
from slap_proxy.trust.keeping import keep_certificate
from slap_proxy.trust.tokens import keep_token, new_token, redeem

_REGISTERED = re.compile(r"COMP-([0-9]+)\Z")


class Registration:
    """Issues certificates and notes each in the records, so that it can be revoked."""

    def __init__(self, authority: CertificateAuthority, desk_for: DeskFor) -> None:
        self._authority = authority
        self._desk_for = desk_for

    def computer_token(self, caller: Caller) -> str:
        """Return a token with which a computer of the caller may register once, within a day.

        Raises:
            NotAllowed: the caller is no tenant.
        """
        token = new_token()

        def work(records: Records, occasion: Occasion) -> None:
            check_tenant(occasion.caller)
            keep_token(records, token, Bearer.COMPUTER, occasion.caller.user, occasion.now)

        self._desk_for(caller).write(work)
        return token

    def new_computer(self, caller: Caller, title: str) -> ComputerRecord:
        """Record a computer of the caller, under an id that the master chooses.

        Raises:
            NotAllowed: the caller is no tenant.
            InvalidInput: the title is empty, too long or holds control characters.
        """
        checked = instance_title(title)

        def work(records: Records, occasion: Occasion) -> ComputerRecord:
            check_tenant(occasion.caller)
            return _added_computer(records, checked, occasion.caller.user)

        return self._desk_for(caller).write(work)

    def register_computer(self, caller: Caller, token: str, title: str) -> tuple[ComputerGuid, Issued]:
        """Record a computer whose owner gave it a token, and give it an identity.

        Raises:
            NotAllowed: the token is not valid.
            InvalidInput: the token or the title is missing or malformed.
        """
        checked = instance_title(title)

        def work(records: Records, occasion: Occasion) -> tuple[ComputerGuid, Issued]:
            owner = redeem(records, token, Bearer.COMPUTER, occasion.now).owner
            guid = _added_computer(records, checked, owner).guid
            return guid, self._issued(records, occasion, Bearer.COMPUTER, guid)

        return self._desk_for(caller).write(work)

    def register_user(self, caller: Caller, token: str) -> Issued:
        """Give a user an identity: for a token, or in place of the one they call with.

        Raises:
            NotAllowed: the token is not valid.
            InvalidInput: there is no token, and the caller is no user.
        """

        def work(records: Records, occasion: Occasion) -> Issued:
            name = occasion.caller.user
            if token or occasion.caller.kind is not CallerKind.USER:
                name = redeem(records, token, Bearer.USER, occasion.now).owner
            return self._issued(records, occasion, Bearer.USER, name)

        return self._desk_for(caller).write(work)

    def computer_certificate(self, caller: Caller, guid: ComputerGuid, token: str = "") -> Issued:
        """Give a computer a new identity; the former ones stay valid until they are revoked or expire.

        Args:
            caller: may act for the computer, unless there is a token.
            guid: of the computer.
            token: of the computer's owner, as for registering one; it serves only when no certificate of
                the computer is valid any more: who got it for one machine must not become another.

        Raises:
            NotFound: the computer is not known.
            NotAllowed: the caller may not act for it, or the token is not valid for it.
        """

        def work(records: Records, occasion: Occasion) -> Issued:
            if token:
                owner = redeem(records, token, Bearer.COMPUTER, occasion.now).owner
                _require_orphan(records, occasion, guid, owner)
            else:
                recorded_computer(records, occasion, guid)
                _require_identity(records, occasion, guid)
            return self._issued(records, occasion, Bearer.COMPUTER, guid)

        return self._desk_for(caller).write(work)

    def revoke_computer(self, caller: Caller, guid: ComputerGuid) -> None:
        """Make every identity of a computer invalid.

        Raises:
            NotFound: the computer is not known.
            NotAllowed: the caller may not act for it.
        """

        def work(records: Records, occasion: Occasion) -> None:
            recorded_computer(records, occasion, guid)
            for record in records.trust.of_computer(guid):
                records.trust.revoke(record.serial, occasion.now)

        self._desk_for(caller).write(work)

    def _issued(self, records: Records, occasion: Occasion, bearer: Bearer, name: str) -> Issued:
        issued = self._authority.issue(bearer, name, datetime.fromtimestamp(occasion.now, UTC))
        keep_certificate(records, issued, bearer, name)
        return issued


def _added_computer(records: Records, title: InstanceTitle, owner: str) -> ComputerRecord:
    known = (_REGISTERED.match(each.guid) for each in records.computers.every())
    last = max((int(match[1]) for match in known if match), default=0)
    record = ComputerRecord(guid=ComputerGuid(f"COMP-{last + 1}"), title=title, owner=owner)
    records.computers.add(record)
    return record


def _require_orphan(records: Records, occasion: Occasion, guid: ComputerGuid, owner: str) -> None:
    """Refuse a computer of somebody else, and one that can still prove who it is."""
    record = records.computers.find(guid)
    if record is None or record.owner != owner:
        raise NotAllowed(f"the token is not for {guid}: it belongs to somebody else, or is not known")
    if _has_identity(records, occasion, guid):
        raise NotAllowed(
            f"a certificate of {guid} is still valid",
            hint="renew it with that certificate; if it is lost, revoke it first",
        )


def _require_identity(records: Records, occasion: Occasion, guid: ComputerGuid) -> None:
    """Refuse a computer whose identity was revoked since it was asked for it."""
    if occasion.caller.kind is CallerKind.COMPUTER and not _has_identity(records, occasion, guid):
        raise NotAllowed(f"no certificate of {guid} is valid any more", hint="ask its owner for a token")


def _has_identity(records: Records, occasion: Occasion, guid: ComputerGuid) -> bool:
    return any(each.is_valid(occasion.now) for each in records.trust.of_computer(guid))
