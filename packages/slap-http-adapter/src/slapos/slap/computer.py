"""Computers: what they shall run, and what they report."""

from typing import Any

from zope.interface import implementer

from slapos.slap.connection_helper import loads, travels
from slapos.slap.document import SlapDocument
from slapos.slap.exception import HTTPError, NotFoundError
from slapos.slap.interface.slap import IComputer


@travels
@implementer(IComputer)
class Computer(SlapDocument):
    """A computer. What the master wants of it is fetched once, when it is first asked for."""

    _software_release_list: list[Any]
    _computer_partition_list: list[Any]

    def __init__(
        self, computer_id: Any, connection_helper: Any = None, hateoas_navigator: Any = None
    ) -> None:
        super().__init__(connection_helper, hateoas_navigator)
        self._computer_id = computer_id

    def _fetch(self) -> None:
        if getattr(self, "_synced", False):
            return
        try:
            fetched = self._helper.ask("getFullComputerInformation", computer_id=self._computer_id)
        except NotFoundError:
            # Masters of old know only this name.
            fetched = self._helper.ask("getComputerInformation", computer_id=self._computer_id)
        vars(self).update(vars(fetched))
        for partition in self._computer_partition_list:
            self._connected(partition)._synced = True
        for release in self._software_release_list:
            self._connected(release)
        self._synced = True

    def getSoftwareReleaseList(self) -> list[Any]:
        """Return the releases that the computer shall have or get rid of: see their `getState()`.

        Raises NotFoundError when the master does not know the computer.
        """
        self._fetch()
        return self._software_release_list

    def getComputerPartitionList(self) -> list[Any]:
        """Return the partitions of the computer, free ones included, without further requests.

        Raises NotFoundError when the master does not know the computer.
        """
        self._fetch()
        return self._computer_partition_list

    def reportUsage(self, computer_usage: Any = "", computer_partition_list: Any = None) -> None:
        """Send what was consumed; nothing is sent when there is nothing to report.

        `computer_usage` is a TIO journal. In its place may be given `computer_partition_list`, partitions
        on which `setUsage` was called: the journal of each is sent.
        """
        usage = computer_usage if computer_partition_list is None else computer_partition_list
        journals = [usage] if isinstance(usage, str) else [getattr(each, "_usage", "") for each in usage]
        for journal in filter(None, journals):
            self._helper.POST("useComputer", data={"computer_id": self._computer_id, "use_string": journal})

    def updateConfiguration(self, configuration_xml: Any) -> bytes:
        """Send the description that `slapos node format` made, a marshalled dictionary."""
        return self._helper.POST("loadComputerConfigurationFromXML", data={"xml": configuration_xml})

    def bang(self, message: Any = None, log: Any = None) -> None:
        """Report a problem of the computer: all instances on it, and their trees, are processed again.

        `message` (or `log`) says why, for people.
        """
        told = log if message is None else message
        self._helper.POST("computerBang", data={"computer_id": self._computer_id, "message": told})

    def getStatus(self) -> Any:
        """Return the last status as a dictionary: `user` who reported, `created_at`, `text`."""
        return self._helper.ask("getComputerStatus", computer_id=self._computer_id)

    def revokeCertificate(self) -> None:
        """Revoke the certificate of the computer. Raises ValueError when it has none that is valid."""
        self._conflict_is_value_error("revokeComputerCertificate")

    def generateCertificate(self) -> Any:
        """Return a new certificate of the computer as a dictionary: `certificate` and `key`, texts.

        Raises ValueError when the computer has a valid one already.
        """
        return loads(self._conflict_is_value_error("generateComputerCertificate"))

    def _conflict_is_value_error(self, method: str) -> bytes:
        try:
            return self._helper.POST(method, data={"computer_id": self._computer_id})
        except HTTPError as error:
            if error.response.status_code == 409:
                raise ValueError(str(error)) from error
            raise

    def getInformation(self) -> "Computer":
        """Return the computer as the master shows it to people: `_title`, `_reference` and more.

        Raises NotFoundError when the master does not know the computer.
        """
        shown = Computer(self._computer_id)
        properties = self._navigator._getComputer(self._computer_id)
        vars(shown).update({f"_{key}": value for key, value in properties.items()})
        return self._connected(shown)  # type: ignore[no-any-return]
