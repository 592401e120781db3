"""A progress listener that remembers, and the contract that every progress listener keeps."""

from abc import ABC, abstractmethod

from slap_domain.ports.progress_listener import Progress, ProgressKind, ProgressListener


class RecordingProgress:
    """Keeps every event, in order, in `events`."""

    def __init__(self) -> None:
        self.events: list[Progress] = []

    def tell(self, event: Progress) -> None:
        """Take note of an event."""
        self.events.append(event)

    def kinds(self, subject: str) -> list[ProgressKind]:
        """Return the kinds of the events of one subject, its output left out."""
        return [
            event.kind
            for event in self.events
            if event.subject == subject and event.kind is not ProgressKind.OUTPUT
        ]


class ProgressListenerContract(ABC):
    """What every progress listener does; subclass it as a test class and make the subject."""

    @abstractmethod
    def make_listener(self) -> ProgressListener:
        """Return a listener."""

    def test_takes_every_kind_of_event(self) -> None:
        """No event makes it raise, whatever its text."""
        listener = self.make_listener()
        for kind in ProgressKind:
            for subject in ("", "slappart0", "https://example.com/software.cfg"):
                listener.tell(Progress(kind=kind, subject=subject, text="a line with {braces} %s \x1b[0m é"))
