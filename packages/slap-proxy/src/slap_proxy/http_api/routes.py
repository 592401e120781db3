"""Which path is answered by what: the table of the SLAP methods and of the HATEOAS entry."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace

from slap_proxy.http_api.endpoints import Endpoint, Handler
from slap_proxy.http_api.exchange import Answer, Call, text
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.http_api.hateoas import Hateoas
from slap_proxy.http_api.slap_computers import SlapComputers
from slap_proxy.http_api.slap_partitions import SlapPartitions
from slap_proxy.http_api.slap_tenants import SlapTenants

_RUN_ID_LETTERS = string.ascii_letters + string.digits

# They speak of all partitions of a computer at once.
_LONG = frozenset(
    {
        "getFullComputerInformation",
        "getComputerInformation",
        "loadComputerConfigurationFromXML",
        "useComputer",
    }
)

# They read one row or two, or nothing.
_AT_ONCE = frozenset(
    {
        "getRunId",
        "registerComputerPartition",
        "getComputerPartitionStatus",
        "getSoftwareReleaseListFromSoftwareProduct",
    }
)


def new_run_id() -> str:
    """Return 32 random letters and digits: what tells one start of a master from another."""
    return "".join(secrets.choice(_RUN_ID_LETTERS) for _ in range(32))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlapMethods:
    """What answers the SLAP methods.

    Attributes:
        asks_others: requests may be forwarded, which takes as long as another master does.
    """

    computers: SlapComputers
    partitions: SlapPartitions
    tenants: SlapTenants
    asks_others: bool


def slap_endpoints(methods: SlapMethods, run_id: str) -> Mapping[str, Endpoint]:
    """Return the endpoints of the SLAP methods."""
    computers, partitions, tenants = methods.computers, methods.partitions, methods.tenants
    long = _LONG | {"requestComputerPartition"} if methods.asks_others else _LONG

    def tell_run_id(_: Call) -> Answer:
        return text(run_id)

    readings: dict[str, Handler] = {
        "getFullComputerInformation": computers.information,
        "getComputerInformation": computers.information,
        "getComputerStatus": computers.status,
        "getComputerPartitionStatus": partitions.status,
        "getSoftwareReleaseListFromSoftwareProduct": tenants.product_releases,
        "getRunId": tell_run_id,
        "registerComputerPartition": partitions.register,
        "getComputerPartitionCertificate": partitions.certificate,
        "getHostingSubscriptionIpList": partitions.tree_addresses,
    }
    changes: dict[str, Handler] = {
        "loadComputerConfigurationFromXML": computers.load_configuration,
        "supplySupply": computers.supply,
        "buildingSoftwareRelease": computers.building,
        "availableSoftwareRelease": computers.available,
        "destroyedSoftwareRelease": computers.destroyed,
        "softwareReleaseError": computers.error,
        "useComputer": computers.use,
        "computerBang": computers.bang,
        "requestComputerPartition": tenants.request,
        "setComputerPartitionConnectionXml": partitions.publish,
        "startedComputerPartition": partitions.started,
        "stoppedComputerPartition": partitions.stopped,
        "destroyedComputerPartition": partitions.destroyed,
        "softwareInstanceError": partitions.error,
        "softwareInstanceBang": partitions.bang,
        "softwareInstanceRename": partitions.rename,
        "updateComputerPartitionRelatedInstanceList": partitions.children,
    }
    remembered = {"requestComputerPartition": tenants.remembered} if tenants.remembers else {}
    return {
        name: reading(handler, long=name in long, at_once=name in _AT_ONCE)
        for name, handler in readings.items()
    } | {
        name: replace(_change(handler), long=name in long, remembered=remembered.get(name))
        for name, handler in changes.items()
    }


def _change(handler: Handler) -> Endpoint:
    return Endpoint(handlers={"POST": handler}, failure=slap_failure)


def hateoas_endpoints(hateoas: Hateoas) -> Mapping[str, Endpoint]:
    """Return the fixed endpoints of the HATEOAS API."""
    # A search takes as long as there is something to find.
    entry = reading(hateoas.entry, long=True)
    return {"getHateoasUrl": reading(hateoas.url), "hateoas": entry, "hateoas/": entry}


def reading(handler: Handler, *, long: bool = False, at_once: bool = False) -> Endpoint:
    """Return the endpoint of what is only read."""
    return Endpoint(handlers={"GET": handler}, failure=slap_failure, long=long, at_once=at_once)
