"""What a node's managers do after a piece of work, also after one that failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slap_domain.errors import SlapError


@contextmanager
def ended_by(hook: Callable[[], None], tell: Callable[[str], None]) -> Iterator[None]:
    """Run a hook after a block; when both fail, the block's failure is what counts.

    Args:
        hook: runs in any case.
        tell: takes what the hook failed of, where that is not raised.

    Raises:
        SlapError: the hook's, after a block that did not fail.
    """
    done = False
    try:
        yield
        done = True
    finally:
        try:
            hook()
        except SlapError as error:
            if done:
                raise
            tell(error.message)
