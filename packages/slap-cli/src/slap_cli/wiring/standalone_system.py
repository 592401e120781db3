"""Puts the parts of a standalone system together."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from slap_cli.standalone.master_process import LocalMaster
from slap_cli.standalone.place import Place
from slap_cli.standalone.ports import System
from slap_cli.wiring.standalone_node import ConfiguredNode, ConfiguredTenant, Connections, Unwatched
from slap_domain.ports.progress_listener import ProgressListener

_LOG = logging.getLogger(__name__)


@contextmanager
def system_at(
    place: Place, progress: ProgressListener | None = None, cancel: threading.Event | None = None
) -> Iterator[System]:
    """Yield the system of a place.

    Args:
        place: where its files are.
        progress: is told what the node does; None: nobody is.
        cancel: once set, builds and deployments that run are killed.
    """
    with Connections() as connections:
        yield System(
            node=ConfiguredNode(
                place.node_configuration, progress or Unwatched(), connections, cancel or threading.Event()
            ),
            master_process=LocalMaster(place=place),
            master=ConfiguredTenant(place.client_configuration, connections).master,
            say=_LOG.info,
            pause=time.sleep,
            monotonic=time.monotonic,
        )
