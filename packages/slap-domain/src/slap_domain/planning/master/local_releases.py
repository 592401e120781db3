"""Where a release that is a file of the master's machine goes when the root of such files moves."""

from collections.abc import Callable
from pathlib import PurePosixPath

from slap_domain.model.references import SoftwareUrl

FileExists = Callable[[PurePosixPath], bool]


def is_move(old: PurePosixPath, new: PurePosixPath) -> bool:
    """Tell whether a new root makes files move: not when one contains the other (wire-slap section 9)."""
    return not (old.is_relative_to(new) or new.is_relative_to(old))


def moved_release(
    url: SoftwareUrl, old: PurePosixPath, new: PurePosixPath, exists: FileExists
) -> SoftwareUrl:
    """Return where a release is when files below the old root are now below the new one.

    URLs with a scheme and files elsewhere stay; so does a file that is still at its old place and missing at
    its new one.
    """
    path = PurePosixPath(url)
    if not path.is_absolute() or not path.is_relative_to(old):
        return url
    target = new / path.relative_to(old)
    return url if exists(path) and not exists(target) else SoftwareUrl(str(target))
