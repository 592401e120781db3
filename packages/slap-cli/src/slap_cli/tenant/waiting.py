"""Waits for an instance to become ready, asking the master again and again."""

import logging
import time
from collections.abc import Callable

from slap_cli.tenant.service_status import service_status, why_it_fails
from slap_domain.errors import NotReady, SlapError
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.ports.master_for_tenants import MasterForTenants

_LOG = logging.getLogger(__name__)
_PAUSE = 2.0
_NOT_WAITED_FOR = (InstanceState.STOPPED, InstanceState.DESTROYED)


def until_ready(
    request: InstanceRequest,
    master: MasterForTenants,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> RequestedInstance:
    """Ask again until the instance is ready, telling each change; Ctrl-C ends it.

    Ready means: allocated, and the master says that its node deployed it; where the master does not say,
    allocated and publishing.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    told = ""
    while True:
        instance, stage = _look(request, master)
        if stage != told:
            _LOG.info("%s: %s", request.title, stage)
            told = stage
        if instance is not None and (stage == "ready" or instance.state in _NOT_WAITED_FOR):
            return instance
        pause(_PAUSE)


def _look(request: InstanceRequest, master: MasterForTenants) -> tuple[RequestedInstance | None, str]:
    try:
        instance = master.request(request)
    except NotReady:
        return None, "waiting for the master to allocate it"
    if instance.computer is None:
        return None, "waiting for the master to allocate it"
    if instance.state in _NOT_WAITED_FOR:
        return instance, str(instance.state)
    return instance, _stage(request, instance, master)


def _stage(request: InstanceRequest, instance: RequestedInstance, master: MasterForTenants) -> str:
    try:
        news = master.describe_service(request.title).news
    except SlapError as error:
        _LOG.debug("the master does not describe %s: %s", request.title, error)
        news = None
    status = service_status(news)
    if status == "green" or (status == "unsupported" and instance.connection):
        return "ready"
    failure = "\n".join(why_it_fails(news))
    return f"in error: {failure}" if failure else f"allocated on {instance.computer}, being deployed"
