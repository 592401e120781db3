"""A binary cache in memory, and the contract that every binary cache keeps."""

from abc import ABC, abstractmethod

from slap_domain.model.references import SoftwareUrl
from slap_domain.ports.release_cache import ReleaseCache


class FakeReleaseCache:
    """Has the releases that tests put in `held`, and those that were offered.

    Attributes:
        demanded: the releases that may only come from the cache.
        fetched: the releases that were fetched, in order.
    """

    def __init__(self) -> None:
        self.held: set[SoftwareUrl] = set()
        self.demanded: set[SoftwareUrl] = set()
        self.fetched: list[SoftwareUrl] = []

    def demands(self, release: SoftwareUrl) -> bool:
        """Tell whether this release may only come from the cache."""
        return release in self.demanded

    def fetch(self, release: SoftwareUrl) -> bool:
        """Tell whether the cache has the release."""
        if release in self.held:
            self.fetched.append(release)
        return release in self.held

    def offer(self, release: SoftwareUrl) -> None:
        """Take a release."""
        self.held.add(release)


class ReleaseCacheContract(ABC):
    """What every binary cache does; subclass it as a test class and make the subject and a release."""

    @abstractmethod
    def make_cache(self) -> ReleaseCache:
        """Return an empty cache that releases may be offered to."""

    @abstractmethod
    def make_release(self) -> SoftwareUrl:
        """Return the URL of a release that is built in its directory."""

    @abstractmethod
    def lose(self, release: SoftwareUrl) -> None:
        """Remove the release's directory, as on a computer that has not built it."""

    def test_gives_back_what_it_was_offered(self) -> None:
        """Nothing before, the release after."""
        cache, release = self.make_cache(), self.make_release()
        assert not cache.demands(release)
        cache.offer(release)
        cache.offer(release)
        self.lose(release)
        assert cache.fetch(release)

    def test_does_not_have_what_nobody_offered(self) -> None:
        """Which is no error."""
        cache, release = self.make_cache(), self.make_release()
        self.lose(release)
        assert not cache.fetch(release)
