"""Software releases and instances, as masters describe them."""

import logging
from typing import Any

from zope.interface import implementer

from slapos.slap.connection_helper import travels
from slapos.slap.document import SlapDocument
from slapos.slap.exception import SlapException
from slapos.slap.interface.slap import ISoftwareRelease

logger = logging.getLogger(__name__)


@travels
@implementer(ISoftwareRelease)
class SoftwareRelease(SlapDocument):
    """A software release on a computer, and what happens to it there."""

    def __init__(
        self,
        software_release: Any = None,
        computer_guid: Any = None,
        requested_state: str = "available",
        **kw: Any,
    ) -> None:
        super().__init__(kw.pop("connection_helper", None), kw.pop("hateoas_navigator", None))
        self._software_instance_list: list[Any] = []
        self._software_release = software_release
        self._computer_guid = computer_guid
        if requested_state != "available":
            self._requested_state = requested_state

    def getURI(self) -> Any:
        """Return the URI. Raises NameError when the object was made without one."""
        if not self._software_release:
            raise NameError("software_release has not been defined.")
        return self._software_release

    def getComputerId(self) -> Any:
        """Return the computer where it is. Raises NameError when the object was made without one."""
        if not self._computer_guid:
            raise NameError("computer_guid has not been defined.")
        return self._computer_guid

    def getState(self) -> Any:
        """Return what the master wants of it: `available` or `destroyed`; available unless it says."""
        return getattr(self, "_requested_state", "available")

    def _report(self, method: str, **fields: Any) -> None:
        self._helper.POST(method, data={"url": self.getURI(), "computer_id": self.getComputerId(), **fields})

    def available(self) -> None:
        """Tell the master that it is built and ready for instances."""
        self._report("availableSoftwareRelease")

    def building(self) -> None:
        """Tell the master that it is being built."""
        self._report("buildingSoftwareRelease")

    def destroyed(self) -> None:
        """Tell the master that it is gone from the computer, which may then forget it."""
        self._report("destroyedSoftwareRelease")

    def error(self, error_log: Any, logger: Any = None) -> None:
        """Tell the master why it does not build.

        `error_log` is text for people, a traceback for example. Whatever goes wrong here is logged to
        `logger` and not raised: this is called while another failure is handled.
        """
        try:
            self._report("softwareReleaseError", error_log=error_log)
        except (SlapException, NameError, AttributeError):
            (logger or globals()["logger"]).exception("the error of a release could not be reported")


@travels
class SoftwareInstance(SlapDocument):
    """What a master answers to a request, or tells of an instance: plain attributes."""

    def __init__(self, **kw: Any) -> None:
        super().__init__()
        vars(self).update(kw)


class TempDocument(SlapDocument):
    """A row of a list: its columns as attributes with an underscore in front."""

    def __init__(self, **kw: Any) -> None:
        super().__init__()
        vars(self).update({f"_{key}": value for key, value in kw.items()})
