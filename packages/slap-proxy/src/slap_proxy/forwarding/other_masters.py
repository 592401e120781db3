"""Which master a request goes to when this one does not answer it itself (wire-slap section 7)."""

from collections.abc import Callable
from dataclasses import replace

from slap_domain.errors import Conflict, NotFound
from slap_domain.model.instance import InstanceRequest
from slap_proxy.configured_sections import OtherMaster

_MOST_MASTERS = 16
RunIdOf = Callable[[str], str]


class OtherMasters:
    """The masters of the configuration."""

    def __init__(self, masters: tuple[OtherMaster, ...], *, own_urls: frozenset[str], run_id: str) -> None:
        """Take the sections in their order, the URLs of this master, and its run id."""
        self._masters = masters
        self._own_urls = frozenset(url.rstrip("/") for url in own_urls if url)
        self._run_id = run_id

    def for_request(self, request: InstanceRequest, run_id_of: RunIdOf) -> OtherMaster | None:
        """Return the master that a request is for; None when it is for this one.

        Args:
            request: its filter `master_url` names a master; else its release decides.
            run_id_of: asks a configured master for its run id.

        Raises:
            NotFound: the master it names is not configured, or cannot be used as it is.
        """
        named = request.filters.get("master_url")
        if named is None:
            return self._checked(self._for_release(request.release))
        if str(named).rstrip("/") in self._own_urls:
            return None
        # Only configured masters are ever asked anything: a request must not make this one knock anywhere.
        master = next((each for each in self._masters if each.url == named), None)
        if master is None:
            raise NotFound(
                f"master {str(named)[:200]!r} is not configured",
                hint="add a section [multimaster/<url>] to the configuration of this master",
            )
        checked = self._checked(master)
        return None if run_id_of(master.url) == self._run_id else checked

    def handed_on(self, request: InstanceRequest) -> InstanceRequest:
        """Return a request as it goes to another master: it tells that it came through this one.

        Raises:
            Conflict: it came through this one already, or through too many.
        """
        passed = request.handed_on_by
        if self._run_id in passed or len(passed) >= _MOST_MASTERS:
            raise Conflict(
                f"{request.title} is requested in a circle: {len(passed)} masters hand it on to each other",
                hint="look at the sections [multimaster/<url>] of these masters: one must end the circle",
            )
        return replace(request, handed_on_by=(*passed, self._run_id))

    def _for_release(self, release: str) -> OtherMaster | None:
        return next((each for each in self._masters if release in each.releases), None)

    def _checked(self, master: OtherMaster | None) -> OtherMaster | None:
        if master is not None and master.url.startswith("https:") and not (master.key and master.certificate):
            raise NotFound(
                f"master {master.url} is spoken to over https and has no key and cert",
                hint=f"set both in section [multimaster/{master.url}]",
            )
        return master
