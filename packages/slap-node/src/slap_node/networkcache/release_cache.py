"""The binary cache of software releases: fetched instead of built, sent after a build."""

import hashlib
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slap_domain.errors import InvalidInput, NotFound, RequestRefused, SlapError, TemporarilyUnavailable
from slap_domain.model.binary_cache import CacheEntry, entry_text, is_http, listed
from slap_domain.model.partition import Account
from slap_domain.model.references import SoftwareUrl
from slap_domain.model.software_release import release_directory_name
from slap_node.networkcache.archives import unpack
from slap_node.networkcache.lookup import CacheLookup
from slap_node.networkcache.packing import pack
from slap_node.networkcache.platforms import this_platform
from slap_node.networkcache.settings import NetworkCacheSettings
from slap_node.networkcache.signatures import sign
from slap_node.networkcache.staging import staging
from slap_node.outbound import Outbound, TooLarge

_LOG = logging.getLogger(__name__)
_ARCHIVE_LIMIT = 32 * 1024**3
_UNPACKED_LIMIT = 128 * 1024**3
_TRIES = 3
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePlace:
    """What the cache needs to know of this machine.

    Attributes:
        owner_of: whose the files below a directory become; None: ours.
        links_allowed: where links of a release may lead outside of it: the interpreter of releases.
    """

    software_root: PurePosixPath
    owner_of: Callable[[PurePosixPath], Account | None]
    links_allowed: frozenset[str]


class NetworkReleaseCache:
    """`ReleaseCache` on a shacache and a shadir (node-conventions section 12).

    Args:
        settings: section [networkcache].
        place: where releases are.
        pause: seconds between two tries of an upload.
        wait: waits some seconds.
    """

    def __init__(
        self,
        settings: NetworkCacheSettings,
        place: CachePlace,
        *,
        pause: float = 5.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._place = place
        self._pause = pause
        self._wait = wait
        self._contents = Outbound(tls=settings.content_tls, wait=wait)
        self._entries = Outbound(tls=settings.entry_tls, wait=wait)

    def demands(self, release: SoftwareUrl) -> bool:
        """Tell whether this release may only come from the cache."""
        return listed(release, self._settings.demanded)

    def fetch(self, release: SoftwareUrl) -> bool:
        """Put a built release in its directory; tell whether the cache had one that this machine may use."""
        if not self._may_fetch(release):
            return False
        try:
            found = CacheLookup(self._settings, self._entries).release(release)
            platform = this_platform(self._place.software_root)
            usable = [entry for entry in found.trusted if entry.runs_on(platform)]
            if not usable:
                _LOG.info("the cache has no signed build of %s for this machine", release)
                return False
            self._install_first(release, usable)
        except NotFound:
            _LOG.info("the cache does not have %s", release)
            return False
        except SlapError as error:
            done = "cannot be had" if self.demands(release) else "is built here"
            _LOG.warning("%s %s, because the cache is of no use: %s", release, done, error)
            return False
        _LOG.info("%s came from the cache", release)
        return True

    def _may_fetch(self, release: SoftwareUrl) -> bool:
        configured = is_http(self._settings.binary_cache) and is_http(self._settings.binary_dir)
        return configured and not listed(release, self._settings.refused)

    def _install_first(self, release: SoftwareUrl, entries: list[CacheEntry]) -> None:
        """Install the first build that is of use: one that lies, or is gone, does not hide the next."""
        failures: list[SlapError] = []
        for sha512, entry in {entry.sha512: entry for entry in entries}.items():
            try:
                self._install(release, entry)
            except (RequestRefused, TemporarilyUnavailable) as error:
                _LOG.debug("the build %s… of %s is of no use: %s", sha512[:12], release, error)
                failures.append(error)
            else:
                return
        if len(failures) == 1:
            raise failures[0]
        raise InvalidInput("; ".join(map(str, failures)))

    def _install(self, release: SoftwareUrl, entry: CacheEntry) -> None:
        with staging(self._place.software_root) as waiting:
            self._install_through(waiting, release, entry)

    def _install_through(self, waiting: Path, release: SoftwareUrl, entry: CacheEntry) -> None:
        # Kept under the name of its content: a download that breaks off is taken up by the next run.
        archive = waiting / f"{entry.sha512[:64]}.part"
        url = f"{self._settings.binary_cache.rstrip('/')}/{entry.sha512}"
        try:
            self._contents.download(url, archive, limit=_room(waiting, archive))
        except TooLarge:
            archive.unlink(missing_ok=True)  # nothing that could be taken up again
            raise
        try:
            if _sha512(archive) != entry.sha512:
                raise InvalidInput(f"{url} sends something else than its SHA-512 says")
            unpack(
                archive,
                Path(self._place.software_root) / release_directory_name(release),
                waiting,
                links_allowed=self._place.links_allowed,
                owner=self._place.owner_of(self._place.software_root),
                limit=_UNPACKED_LIMIT,
            )
        finally:
            archive.unlink(missing_ok=True)

    def offer(self, release: SoftwareUrl) -> None:
        """Send a built release to the cache, if that is configured and the release may be shared."""
        if not self._may_offer(release):
            return
        for number in range(_TRIES):
            try:
                self._send(release)
            except SlapError as error:
                _LOG.warning("%s could not be sent to the cache: %s", release, error)
                if isinstance(error, InvalidInput) or number == _TRIES - 1:
                    return
                self._wait(self._pause)
            else:
                _LOG.info("%s was sent to the cache", release)
                return

    def _may_offer(self, release: SoftwareUrl) -> bool:
        configured = is_http(self._settings.upload_cache) and is_http(self._settings.upload_dir)
        signed = bool(self._settings.private_key_file)
        return configured and signed and not listed(release, self._settings.kept_back)

    def _send(self, release: SoftwareUrl) -> None:
        root = Path(self._place.software_root)
        name = release_directory_name(release)
        with (
            staging(self._place.software_root) as waiting,
            tempfile.TemporaryDirectory(dir=waiting, prefix="upload.") as scratch,
        ):
            archive = Path(scratch) / f"{name}.tar.gz"
            pack(
                root / name,
                archive,
                links_allowed=self._place.links_allowed,
                builder=self._place.owner_of(self._place.software_root),
            )
            sha512 = _sha512(archive)
            told = self._contents.send("POST", self._settings.upload_cache, body=archive).strip()
        if told != sha512:
            raise InvalidInput(f"{self._settings.upload_cache} kept something else than it was sent")
        platform = this_platform(self._place.software_root)
        text = entry_text(sha512=sha512, url=release, platform=platform)
        pair = json.dumps([text, sign(text, self._settings.private_key_file, self._settings.digest)])
        url = f"{self._settings.upload_dir.rstrip('/')}/{name}"
        headers = {"Content-Type": "application/json"}
        self._entries.send("PUT", url, body=pair.encode(), headers=headers)


def _room(folder: Path, archive: Path) -> int:
    """Return how large an archive may be: a cache may send without end, and what comes out needs room too."""
    known = archive.stat().st_size if archive.exists() else 0
    return min(_ARCHIVE_LIMIT, (shutil.disk_usage(folder).free + known) // 2)


def _sha512(path: Path) -> str:
    digest = hashlib.sha512()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
