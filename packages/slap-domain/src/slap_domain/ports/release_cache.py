"""What the node says to the binary cache of software releases."""

from typing import Protocol

from slap_domain.model.references import SoftwareUrl


class ReleaseCache(Protocol):
    """Keeps built releases for other computers (node-conventions section 12).

    Order: none. Idempotence: every call may be repeated.
    Any trouble of the cache means that it does not have the release: nothing is raised for it.
    Safe to call for different releases at once.
    """

    def demands(self, release: SoftwareUrl) -> bool:
        """Tell whether this release may only come from the cache, never from a build."""
        ...

    def fetch(self, release: SoftwareUrl) -> bool:
        """Put a built release in its directory below the software root; tell whether the cache had it."""
        ...

    def offer(self, release: SoftwareUrl) -> None:
        """Send a built release to the cache, if that is configured and the release may be shared."""
        ...
