"""What the node says to whatever builds software releases into directories of this computer."""

from typing import TYPE_CHECKING, Protocol

from slap_domain.model.references import SoftwareUrl

if TYPE_CHECKING:
    from slap_domain.ports.output_lines import OnLine


class ReleaseBuilder(Protocol):
    """Builds and removes software releases, each in its own directory below the software root.

    Order: `build`, then, once the master knows, `complete`.
    Idempotence: every call may be repeated; a build resumes where the last one stopped.
    A build that failed or was killed never leaves a release that is complete.
    Safe to call for different releases at once.
    """

    def is_complete(self, release: SoftwareUrl) -> bool:
        """Tell whether the release was built and the master told so."""
        ...

    def edited_file(self, release: SoftwareUrl) -> str:
        """Return a local file that a complete release was built from and that was written since.

        Empty when there is none: nothing was edited, or all of it comes from the network.
        """
        ...

    def build(self, release: SoftwareUrl, on_line: "OnLine", *, newest: bool = False) -> None:
        """Build a release, or fetch it built.

        Args:
            release: what to build.
            on_line: called with what the build prints, a line or several at a time.
            newest: look for newer versions of what is already there.

        Raises:
            BuildFailed: it does not build; carries the end of its log.
            HostFailure: this machine cannot build it (no space, no permission).
        """
        ...

    def complete(self, release: SoftwareUrl) -> None:
        """Mark a built release as complete."""
        ...

    def remove(self, release: SoftwareUrl) -> bool:
        """Remove a release and all its files; tell whether there was anything.

        Raises:
            HostFailure: it cannot be removed.
        """
        ...

    def directories(self) -> tuple[str, ...]:
        """Return the names of all release directories, sorted: 32 hex digits with a `buildout.cfg`."""
        ...

    def remove_directory(self, name: str) -> None:
        """Remove a release directory by its name.

        Raises:
            HostFailure: it cannot be removed.
        """
        ...
