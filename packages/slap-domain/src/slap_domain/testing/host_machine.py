"""A machine with facts of one's choice, its record in JSON, and the contracts of both."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping

from slap_domain.errors import InvalidInput
from slap_domain.model.host.layout import HostFacts
from slap_domain.ports.host import HostMachine, RecordFormat

FACTS = HostFacts(
    os_type=("Linux-6-x86_64", "debian", "12", "Debian GNU/Linux"), python_version="3.11", slapos_version="1"
)


class FakeHostMachine:
    """A machine that is what it was told to be."""

    def __init__(self, facts: HostFacts = FACTS) -> None:
        self._facts = facts

    def facts(self) -> HostFacts:
        """Return them."""
        return self._facts


class FakeRecordFormat:
    """Records in JSON."""

    def write(self, document: Mapping[str, object]) -> str:
        """Return the JSON of a dictionary."""
        return json.dumps(dict(document), sort_keys=True)

    def read(self, text: str) -> object:
        """Return what a text says."""
        try:
            return json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"the record of the computer is malformed: {error}") from error


class HostMachineContract(ABC):
    """What every machine says of itself; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_machine(self) -> HostMachine:
        """Return the subject."""

    def test_it_says_the_same_again(self) -> None:
        """Otherwise every run would change the record."""
        machine = self.make_machine()
        assert machine.facts() == machine.facts()

    def test_it_is_complete(self) -> None:
        """Platform and distribution are four texts; versions are known."""
        facts = self.make_machine().facts()
        assert len(facts.os_type) == 4
        assert facts.os_type[0]
        assert facts.python_version
        assert facts.slapos_version


class RecordFormatContract(ABC):
    """What every form of a record does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_records(self) -> RecordFormat:
        """Return the subject."""

    def test_what_is_written_is_read(self) -> None:
        """To the letter."""
        records = self.make_records()
        assert records.read(records.write(_DOCUMENT)) == _DOCUMENT

    def test_order_does_not_matter(self) -> None:
        """Equal dictionaries give equal texts."""
        records = self.make_records()
        assert records.write(dict(sorted(_DOCUMENT.items(), reverse=True))) == records.write(_DOCUMENT)

    def test_what_is_malformed_is_refused(self) -> None:
        """As the record of an editor that was interrupted."""
        records = self.make_records()
        text = records.write(_DOCUMENT)
        for broken in ("", text[: len(text) // 2]):
            try:
                records.read(broken)
            except InvalidInput:
                continue
            raise AssertionError(f"{broken!r} was read")


_DOCUMENT: Mapping[str, object] = {
    "reference": "a&b <é>",
    "nothing": None,
    "number": 64,
    "truth": True,
    "items": [{"addr": "10.0.0.1"}, {}, []],
}
