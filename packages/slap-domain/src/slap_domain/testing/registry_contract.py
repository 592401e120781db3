"""The contract of a registry: computers, releases and what is only kept and found again."""

from collections.abc import Callable
from dataclasses import replace

from slap_domain.errors import SlapError
from slap_domain.model.master.records import (
    Bearer,
    CertificateRecord,
    ComputerRecord,
    ForwardedRequest,
    ReleaseRecord,
    TokenRecord,
    UsageRecord,
)
from slap_domain.model.references import ComputerGuid, PartitionId, SoftwareUrl
from slap_domain.model.software_release import BuildState, SoftwareState
from slap_domain.ports.registry import Records
from slap_domain.testing.registry_world import COMPUTER, LONG, RegistryWorld, place, slot


class RegistryContract(RegistryWorld):
    """What every registry does; subclass it as a test class and make one."""

    def test_computers_are_kept(self) -> None:
        """All that is recorded of a computer comes back, but the revision, which is the registry's."""
        registry = self.prepared()
        record = ComputerRecord(
            guid=COMPUTER, title="t", address="10.0.0.1", netmask="255.0.0.0", owner="o", last_contact=7
        )
        registry.write(lambda records: records.computers.save(record))
        found = registry.read(lambda records: records.computers.find(COMPUTER))
        assert found is not None
        assert replace(found, revision=0) == record
        registry.write(lambda records: records.computers.contact(COMPUTER, 9))
        heard = registry.read(lambda records: records.computers.find(COMPUTER))
        assert heard is not None
        assert heard.last_contact == 9
        unknown = ComputerGuid("COMP-9")
        registry.write(lambda records: records.computers.contact(unknown, 9))
        registry.write(lambda records: records.computers.remove_slots(unknown, (PartitionId("slappart0"),)))
        assert registry.read(lambda records: records.computers.find(unknown)) is None

    def test_a_new_computer_never_replaces_a_known_one(self) -> None:
        """Adding under an id that is taken is refused and changes nothing."""
        registry = self.prepared()
        known = registry.read(lambda records: records.computers.find(COMPUTER))
        try:
            registry.write(lambda records: records.computers.add(ComputerRecord(guid=COMPUTER, title="new")))
        except SlapError:
            assert registry.read(lambda records: records.computers.find(COMPUTER)) == known
        else:
            raise AssertionError("a computer took the id of another")
        added = ComputerRecord(guid=ComputerGuid("COMP-7"), title="new")
        registry.write(lambda records: records.computers.add(added))
        found = registry.read(lambda records: records.computers.find(added.guid))
        assert found is not None
        assert replace(found, revision=0) == added

    def test_slots_are_kept_in_order(self) -> None:
        """Partitions come back by position, with their addresses."""
        registry = self.prepared()
        slots = registry.read(lambda records: records.computers.slots(COMPUTER))
        assert [replace(slot, revision=0) for slot in slots] == [slot(index) for index in range(3)]
        registry.write(lambda records: records.computers.remove_slots(COMPUTER, (PartitionId("slappart1"),)))
        left = registry.read(lambda records: records.computers.slots(COMPUTER))
        assert [slot.position for slot in left] == [0, 2]
        assert registry.read(lambda records: records.vacancies.slot(place(1))) is None
        told = registry.read(lambda records: [records.vacancies.revision(place(index)) for index in range(3)])
        assert told == [left[0].revision, None, left[1].revision]

    def test_releases_keep_their_order(self) -> None:
        """Releases come back whole, in the order of their first save."""
        registry = self.prepared()
        first, second = (ReleaseRecord(computer=COMPUTER, url=SoftwareUrl(url)) for url in ("z", "a" * 3000))
        for record in (first, second, replace(first, state=SoftwareState.DESTROYED)):
            registry.write(_save_release(record))
        built = replace(second, build=BuildState.ERROR, message="log", reported_at=3, supplier="ada")
        registry.write(lambda records: records.releases.save(built))
        kept = registry.read(lambda records: records.releases.of_computer(COMPUTER))
        assert kept == (replace(first, state=SoftwareState.DESTROYED), built)
        assert registry.read(lambda records: records.releases.every()) == kept
        registry.write(lambda records: records.releases.remove(COMPUTER, first.url))
        assert registry.read(lambda records: records.releases.find(COMPUTER, first.url)) is None
        assert registry.read(lambda records: records.releases.find(COMPUTER, second.url)) == built

    def test_usage_is_kept_as_it_came(self) -> None:
        """Journals come back oldest first."""
        registry = self.prepared()
        journals = tuple(
            UsageRecord(computer=COMPUTER, received_at=5, journal=text) for text in ("<b/>", "<a/>")
        )
        for journal in journals:
            registry.write(_add_usage(journal))
        assert registry.read(lambda records: records.usage.of_computer(COMPUTER)) == journals
        assert registry.read(lambda records: records.usage.of_computer(ComputerGuid("x"))) == ()

    def test_certificates_are_revoked_once(self) -> None:
        """A certificate keeps the time of its first revocation."""
        registry = self.prepared()
        record = CertificateRecord(
            serial="1" * 40,
            bearer=Bearer.PARTITION,
            name=place(0).guid,
            place=place(0),
            issued_at=1,
            expires_at=9,
        )
        registry.write(lambda records: records.trust.add_certificate(record))
        assert registry.read(lambda records: records.trust.of_place(place(0))) == (record,)
        assert registry.read(lambda records: records.trust.of_place(place(1))) == ()
        for now in (5, 6):
            registry.write(_revoke(record.serial, now))
        assert registry.read(lambda records: records.trust.certificate(record.serial)) == replace(
            record, revoked_at=5
        )
        assert len(registry.read(lambda records: records.trust.certificates())) == 1
        assert registry.read(lambda records: records.trust.of_place(place(0))) == ()
        assert registry.read(lambda records: records.trust.certificate("2")) is None

    def test_the_certificates_of_a_computer_are_found(self) -> None:
        """Those that nobody revoked, without those of others."""
        registry = self.prepared()
        own, revoked = (_computer_certificate(serial, COMPUTER, issued_at=9) for serial in ("1", "2"))
        older = _computer_certificate("3", COMPUTER, issued_at=1)
        user = replace(own, serial="4", bearer=Bearer.USER)
        for record in (own, revoked, older, user, _computer_certificate("5", ComputerGuid("x"), issued_at=1)):
            registry.write(_add_certificate(record))
        registry.write(_revoke(revoked.serial, 5))
        assert registry.read(lambda records: records.trust.of_computer(COMPUTER)) == (older, own)

    def test_what_ended_is_forgotten(self) -> None:
        """Only what ended before the moment, certificates and tokens apart."""
        registry = self.prepared()
        issued = _computer_certificate("1", COMPUTER, issued_at=1)
        for serial, end in (("1", 10), ("2", 11)):
            registry.write(_add_certificate(replace(issued, serial=serial, expires_at=end)))
            token = TokenRecord(digest=serial, bearer=Bearer.USER, owner="ada", expires_at=end + 10)
            registry.write(_add_token(token))
        registry.write(lambda records: records.trust.forget_ended(certificates_before=11, tokens_before=21))
        kept = registry.read(lambda records: records.trust.certificates())
        assert [each.serial for each in kept] == ["2"]
        assert registry.write(lambda records: records.trust.take_token("1")) is None
        assert registry.write(lambda records: records.trust.take_token("2")) is not None

    def test_a_token_is_taken_once(self) -> None:
        """The second taker gets nothing."""
        registry = self.prepared()
        token = TokenRecord(digest="d", bearer=Bearer.USER, owner="ada", expires_at=9)
        registry.write(lambda records: records.trust.add_token(token))
        taken = [registry.write(lambda records: records.trust.take_token("d")) for _ in range(2)]
        assert taken == [token, None]

    def test_forwarded_requests_and_settings_are_remembered(self) -> None:
        """Repeating and forgetting are no errors."""
        registry = self.prepared()
        forwarded = ForwardedRequest(title=LONG, master_url="https://example.com/")

        def twice(records: Records) -> None:
            for _ in range(2):
                told.append(records.forwards.add(forwarded))
                records.settings.remember("root", "/old")
            records.settings.remember("root", "/new")

        told: list[bool] = []
        registry.write(twice)
        assert told == [True, False]
        assert registry.read(lambda records: records.forwards.holds(forwarded))
        assert registry.read(lambda records: records.forwards.every()) == (forwarded,)
        assert registry.read(lambda records: records.settings.find("root")) == "/new"
        assert registry.read(lambda records: records.settings.find("other")) is None
        for _ in range(2):
            registry.write(lambda records: records.forwards.remove(forwarded))
        assert not registry.read(lambda records: records.forwards.holds(forwarded))
        assert registry.read(lambda records: records.forwards.every()) == ()


def _save_release(record: ReleaseRecord) -> Callable[[Records], None]:
    return lambda records: records.releases.save(record)


def _add_usage(record: UsageRecord) -> Callable[[Records], None]:
    return lambda records: records.usage.add(record)


def _revoke(serial: str, now: int) -> Callable[[Records], None]:
    return lambda records: records.trust.revoke(serial, now)


def _computer_certificate(serial: str, guid: ComputerGuid, *, issued_at: int) -> CertificateRecord:
    return CertificateRecord(
        serial=serial, bearer=Bearer.COMPUTER, name=guid, issued_at=issued_at, expires_at=99
    )


def _add_certificate(record: CertificateRecord) -> Callable[[Records], None]:
    return lambda records: records.trust.add_certificate(record)


def _add_token(record: TokenRecord) -> Callable[[Records], None]:
    return lambda records: records.trust.add_token(record)
