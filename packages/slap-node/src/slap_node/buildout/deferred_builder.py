"""An instance builder that is made when the first instance has to be built: most passes build none."""

import contextlib
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from slap_domain.errors import HostFailure
from slap_domain.model.software_release import release_directory_name

if TYPE_CHECKING:
    from slap_domain.model.references import SoftwareUrl
    from slap_domain.ports.instance_builder import InstanceBuild
    from slap_domain.ports.output_lines import OnLine
    from slap_node.buildout.instance_builder import BuildoutInstanceBuilder
    from slap_node.settings import NodeSettings


class DeferredInstanceBuilder:
    """Builds instances with warm processes, which end with the context."""

    def __init__(self, settings: "NodeSettings", cancel: threading.Event) -> None:
        self._settings = settings
        self._cancel = cancel
        self._lock = threading.Lock()
        self._ending = ExitStack()
        self._builder: BuildoutInstanceBuilder | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the warm processes, if there are any."""
        self._ending.close()

    def expect(self, release: "SoftwareUrl") -> None:
        """Begin with what takes long: instances of a release will be deployed soon."""
        with self._lock, contextlib.suppress(HostFailure):  # told by `build`
            self._builder = self._builder or self._made(release)

    def build(self, build: "InstanceBuild", on_line: "OnLine") -> None:
        """Deploy the files of an instance.

        Raises:
            DeploymentFailed: it does not deploy; carries the end of its log.
            HostFailure: this machine cannot deploy it.
            Cancelled: it was cancelled.
        """
        with self._lock:
            builder = self._builder = self._builder or self._made(build.instance.release)
        builder.build(build, on_line)

    def _made(self, first: "SoftwareUrl") -> "BuildoutInstanceBuilder":
        # Costly, and not needed where nothing changed.
        from slap_node.buildout.warm_builders import WarmBuilders  # noqa: PLC0415

        warm = WarmBuilders()
        self._ending.callback(warm.close)
        warm.begin(self._settings.software_root / release_directory_name(first))
        # Only now, while that process imports what takes longer.
        from slap_node.buildout.instance_builder import BuildoutInstanceBuilder  # noqa: PLC0415

        return BuildoutInstanceBuilder(settings=self._settings, warm=warm, cancel=self._cancel)
