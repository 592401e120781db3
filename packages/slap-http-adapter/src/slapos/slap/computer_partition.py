"""Partitions: the instance that runs in one, what it asks for and what it reports."""

import logging
import os
from typing import Any

from zope.interface import implementer

from slap_http_adapter.library import children_record
from slap_http_adapter.wire.forms import connection_form
from slap_http_adapter.wire.instance_xml import loads_instance
from slap_http_adapter.wire.marshal import dumps
from slapos.slap.connection_helper import marshalling, travels
from slapos.slap.document import SlapRequester
from slapos.slap.exception import NotFoundError, ResourceNotReady, SlapException
from slapos.slap.interface.slap import IComputerPartition
from slapos.slap.software_release import SoftwareRelease

logger = logging.getLogger(__name__)


@travels
@implementer(IComputerPartition)
class ComputerPartition(SlapRequester):
    """A partition, or an instance that was requested.

    What is not known of it yet is fetched when it is first asked for, at most once. An instance that the
    master accepted but has not placed has no id yet; asking it anything raises ResourceNotReady.
    """

    def __init__(
        self,
        computer_id: Any = None,
        partition_id: Any = None,
        request_dict: Any = None,
        connection_helper: Any = None,
        hateoas_navigator: Any = None,
    ) -> None:
        if request_dict is None and (computer_id is None or partition_id is None):
            raise TypeError("computer_id and partition_id or request_dict are required")
        super().__init__(connection_helper, hateoas_navigator)
        self._computer_id = computer_id
        self._partition_id = partition_id
        self._request_dict = request_dict
        if partition_id is not None:
            children_record.begin(partition_id, os.environ)

    def _known(self, attribute: str) -> Any:
        """Return an attribute, fetching the partition when it is absent; None when the master has none."""
        if self._request_dict is not None:
            raise ResourceNotReady
        if attribute not in vars(self) and not getattr(self, "_synced", False):
            fetched = self._helper.ask(
                "registerComputerPartition",
                computer_reference=self._computer_id,
                computer_partition_reference=self._partition_id,
            )
            vars(self).update(vars(fetched))
            self._synced = True
        return getattr(self, attribute, None)

    def _tell(self, method: str, **fields: Any) -> bytes:
        data = {"computer_id": self._computer_id, "computer_partition_id": self.getId(), **fields}
        return self._helper.POST(method, data=data, partition=(self._computer_id, self._partition_id))

    def request(
        self,
        software_release: Any,
        software_type: Any,
        partition_reference: Any,
        shared: Any = False,
        partition_parameter_kw: Any = None,
        filter_kw: Any = None,
        state: Any = None,
    ) -> "ComputerPartition":
        """Request an instance of the tree of this one, and return it as far as the master knows it now.

        `partition_reference` names it: the same name later means the same instance, so a repeated request
        changes it, or nothing. `state` None leaves its state; `filter_kw` says where it may run. When the
        master has not placed it yet, the returned partition raises ResourceNotReady for whatever it is
        asked. Raises NotFoundError when there is no room for it.
        """
        fields = {
            "software_release": software_release,
            "software_type": software_type,
            "partition_reference": partition_reference,
            "shared_xml": shared,
            "partition_parameter_xml": partition_parameter_kw,
            "filter_xml": filter_kw,
            "state": state,
        }
        place = self._computer_id, self.getId()
        form = self._request_form(fields, place)
        children_record.note(self._partition_id, partition_reference, os.environ)
        requested: ComputerPartition = self._requestComputerPartition(form, shared, place)
        return requested

    def started(self) -> None:
        """Tell the master that the instance is deployed and started."""
        self._tell("startedComputerPartition")

    def stopped(self) -> None:
        """Tell the master that the instance is deployed and stopped."""
        self._tell("stoppedComputerPartition")

    def destroyed(self) -> None:
        """Tell the master that the instance is gone. It frees the partition, unless the instance is the
        root of others, which it then wants destroyed first."""
        self._tell("destroyedComputerPartition")

    def error(self, error_log: Any, logger: Any = None, slave_reference: Any = None) -> None:
        """Tell the master why the instance, or a shared instance it serves, does not work.

        `error_log` is text for people, a traceback for example. Whatever goes wrong here is logged to
        `logger` and not raised: this is called while another failure is handled.
        """
        shared = {} if slave_reference is None else {"slave_reference": slave_reference}
        try:
            self._tell("softwareInstanceError", error_log=error_log, **shared)
        except (SlapException, AttributeError):
            (logger or globals()["logger"]).exception("the error of an instance could not be reported")

    def bang(self, message: Any = None, log: Any = None) -> None:
        """Report a problem: every instance of this one's tree is processed again.

        `message` (or `log`) says why, for people.
        """
        self._tell("softwareInstanceBang", message=log if message is None else message)

    def rename(
        self, partition_reference: Any = None, slave_reference: Any = None, new_name: Any = None
    ) -> None:
        """Give the instance another name, the one by which it is requested from then on.

        The first argument may be called `new_name`, too. `slave_reference` names a shared
        instance served here that is to be renamed in place of this one.
        """
        shared = {"slave_reference": slave_reference} if slave_reference else {}
        self._tell("softwareInstanceRename", new_name=partition_reference or new_name, **shared)

    def setComputerPartitionRelatedInstanceList(self, instance_reference_list: Any) -> None:
        """Tell the master which instances this one requested during its last deployment."""
        with marshalling():
            titles = dumps(list(instance_reference_list)).decode("ascii")
        self._tell("updateComputerPartitionRelatedInstanceList", instance_reference_xml=titles)

    def setConnectionDict(self, connection_dict: Any, slave_reference: Any = None) -> None:
        """Publish connection parameters of the instance, or of a shared instance it serves.

        They replace all that was published before. Publishing the same again changes nothing.
        """
        place = self._computer_id, self.getId()
        with marshalling():
            form = connection_form(place, connection_dict, slave_reference)
        self._helper.POST("setComputerPartitionConnectionXml", data=form, partition=place)

    def setUsage(self, usage_log: Any) -> None:
        """Keep a TIO journal of what the instance consumed, for `Computer.reportUsage`; sends nothing."""
        self._usage = usage_log

    def getId(self) -> Any:
        """Return the id of the partition. Raises ResourceNotReady when the instance has no place yet."""
        if self._request_dict is not None:
            raise ResourceNotReady
        return self._partition_id

    def getInstanceGuid(self) -> Any:
        """Return what identifies the instance at the master, whatever its name."""
        return self._ready(self._known("_instance_guid"))

    def getState(self) -> Any:
        """Return what the master wants of the instance: `started`, `stopped` or `destroyed`."""
        return self._ready(self._known("_requested_state"))

    def getType(self) -> Any:
        """Return the software type of the instance."""
        parameters = self._known("_parameter_dict") or {}
        return self._ready(parameters.get("slap_software_type") or getattr(self, "slap_software_type", None))

    def _ready(self, value: Any) -> Any:
        if value is None:
            raise ResourceNotReady
        return value

    def getAccessStatus(self) -> Any:
        """Return what was last reported of the instance, `#access …` or `#error …`; None if not told."""
        return getattr(self, "_access_status", None)

    def getInstanceParameterDict(self) -> Any:
        """Return the parameters of the instance and what the master adds: addresses, titles, timestamp."""
        return self._known("_parameter_dict") or {}

    def getInstanceParameter(self, key: Any) -> Any:
        """Return one parameter of the instance. Raises NotFoundError when there is none of that name."""
        return _item(self.getInstanceParameterDict(), key)

    def getConnectionParameterDict(self) -> Any:
        """Return the connection parameters that the instance has published so far."""
        connection = self._known("_connection_dict")
        if connection is None:
            return loads_instance(getattr(self, "connection_xml", None))
        return connection

    def getConnectionParameter(self, key: Any) -> Any:
        """Return one connection parameter. Raises NotFoundError until the instance publishes it."""
        return _item(self.getConnectionParameterDict(), key)

    def getSoftwareRelease(self) -> Any:
        """Return the release of the instance. Raises NotFoundError when the partition is free."""
        document = self._known("_software_release_document")
        if not document:
            raise NotFoundError(f"No software release information for partition {self._partition_id}")
        if isinstance(document, str):
            document = SoftwareRelease(document, self._computer_id)
        return self._connected(document)

    def getCertificate(self) -> Any:
        """Return the identity of the instance as a dictionary: `certificate` and `key`, texts."""
        return self._ask("getComputerPartitionCertificate")

    def getStatus(self) -> Any:
        """Return the last status as a dictionary: `user`, `created_at`, `text`.

        None when the master keeps none, as many do not.
        """
        try:
            return self._ask("getComputerPartitionStatus")
        except NotFoundError:
            return None

    def getFullHostingIpAddressList(self) -> Any:
        """Return pairs of interface and address, of all partitions of the instance tree."""
        return self._ask("getHostingSubscriptionIpList")

    def _ask(self, method: str) -> Any:
        return self._helper.ask(method, computer_id=self._computer_id, computer_partition_id=self.getId())

    def getInformation(self, partition_reference: Any) -> Any:
        """Return an instance of this one's tree, by its name, as the master shows it to people.

        Raises NotFoundError when the tree has none of that name.
        """
        root = self.getInstanceParameter("root_instance_title")
        return self._navigator.instanceOfTree(root, partition_reference)


def _item(values: Any, key: Any) -> Any:
    try:
        return values[key]
    except KeyError:
        raise NotFoundError(f"{key} not found") from None
