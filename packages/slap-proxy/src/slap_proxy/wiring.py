"""The composition root of the stand-alone master."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.types import ASGIApp

from slap_domain.errors import HostFailure
from slap_domain.model.instance import InstanceRequest, RequestedInstance
from slap_domain.ports.clock import Clock
from slap_domain.ports.registry import Registry
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Conversations
from slap_proxy.assembly import Edge, Enrich, Rules, master_application, master_settings
from slap_proxy.configured_sections import OtherMaster
from slap_proxy.forwarding.forwarding_tenants import Elsewhere, ForwardingTenantConversation
from slap_proxy.forwarding.other_masters import OtherMasters
from slap_proxy.http_api.application import RunHere, Workers
from slap_proxy.http_api.routes import new_run_id
from slap_proxy.settings import ProxySettings, TrustMode, state_directory
from slap_proxy.storage.local_root import follow_local_root
from slap_proxy.storage.opening import Storage, opened_storage
from slap_proxy.storage.sqlite_registry import SqliteRegistry
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.authority_end import warn_of_end
from slap_proxy.trust.certified_nodes import CertifiedNodeConversation
from slap_proxy.trust.identity import identity_of
from slap_proxy.trust.partition_identities import PartitionIdentities
from slap_proxy.trust.server_tls import ServerTls, server_tls
from slap_proxy.wall_clock import WallClock

log = logging.getLogger(__name__)
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master that is ready to be served.

    Attributes:
        records_place: where its records are, for people.
        tls: how connections are encrypted; None: they are not.
    """

    application: ASGIApp
    records_place: str
    tls: ServerTls | None = None

    @property
    def scheme(self) -> str:
        """Return the scheme of its URL."""
        return "http" if self.tls is None else "https"


def _threads(settings: ProxySettings) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.limits.threads, thread_name_prefix="master")


def _enrichment(settings: ProxySettings, identities: PartitionIdentities, run_id: str) -> Enrich:
    """Return what the settings add to the plain rules: other masters, frontends, certificates."""

    def enriched(conversations: Conversations, desk: Desk) -> Conversations:
        if settings.masters or settings.frontends:
            tenants = ForwardingTenantConversation(desk, _elsewhere(settings, run_id))
            conversations = replace(conversations, tenants=tenants)
        if settings.trust.mode is TrustMode.TLS:
            nodes = CertifiedNodeConversation(desk, identities)
            conversations = replace(conversations, nodes=nodes)
        return conversations

    return enriched


def _elsewhere(settings: ProxySettings, run_id: str) -> Elsewhere:
    return Elsewhere(
        frontends=settings.frontends,
        masters=OtherMasters(settings.masters, own_urls=_own_urls(settings), run_id=run_id),
        ask=_ask,
        run_id_of=_run_id_of,
    )


def _own_urls(settings: ProxySettings) -> frozenset[str]:
    """Return the URLs that name this master in a request; none is asked for its run id."""
    plain = settings.trust.mode is TrustMode.OPEN or bool(settings.trust.header)
    scheme = "http" if plain else "https"
    names = {settings.host.strip("[]"), *_THIS_MACHINE, *settings.trust.host_names}
    hosts = (f"[{name}]" if ":" in name else name for name in names)
    return frozenset({settings.public_url, *(f"{scheme}://{host}:{settings.port}" for host in hosts)})


def _ask(master: OtherMaster, request: InstanceRequest) -> RequestedInstance:
    from slap_proxy.outbound import request_from  # noqa: PLC0415 - most masters ask no other

    return request_from(master, request)


def _run_id_of(url: str) -> str:
    from slap_proxy.outbound import run_id_of  # noqa: PLC0415 - most masters ask no other

    return run_id_of(url)


def _identities(
    settings: ProxySettings, authority: CertificateAuthority, registry: Registry, clock: Clock
) -> PartitionIdentities:
    plain = Rules(registry, clock, master_settings(settings))
    return PartitionIdentities(authority, settings.certificate_directory / "partitions", plain.desk_for)


@contextmanager
def assembled_master(
    settings: ProxySettings,
    registry: Registry,
    records_place: str,
    *,
    short: Executor | None = None,
    reads_at_once: bool = True,
    alone: RunHere | None = None,
) -> Iterator[Master]:
    """Give a master over an open registry, ready to be served; its threads have ended when this ends.

    Args:
        settings: of the master.
        registry: keeps its records.
        records_place: where these are, for people.
        short: runs short requests; None: the threads that run all others.
        reads_at_once: reading the records waits for nobody.
        alone: runs short requests of the only client.
    """
    clock = WallClock()
    authority = CertificateAuthority(settings.certificate_directory, clock)
    run_id = new_run_id()
    identities = _identities(settings, authority, registry, clock)
    enrich = _enrichment(settings, identities, run_id)
    if settings.trust.mode is TrustMode.TLS:
        warn_of_end(settings.certificate_directory, clock.now())
    with _threads(settings) as threads:
        edge = Edge(
            identify=identity_of(settings, authority, registry, clock),
            workers=Workers(short=short or threads, long=threads, reads_at_once=reads_at_once, alone=alone),
            authority=authority,
            run_id=run_id,
        )
        yield Master(
            application=master_application(
                Rules(registry, clock, master_settings(settings), enrich), settings, edge
            ),
            records_place=records_place,
            tls=server_tls(settings.trust, authority),
        )


@contextmanager
def opened_master(settings: ProxySettings) -> Iterator[Master]:
    """Open the records and give a master over them.

    Raises:
        HostFailure: the database cannot be opened.
    """
    _prepare_state_directory(settings)
    with (
        opened_storage(settings.database_uri, log.info, settings.computer) as storage,
        assembled_master(
            settings,
            storage.registry,
            storage.place,
            # On SQLite short requests run one after the other on the thread that writes: they share its
            # commits, and no time goes into handing work from thread to thread.
            short=storage.registry.executor,
            reads_at_once=not storage.registry.is_remote,
            # While there is one client, not even to that thread.
            alone=_alone(storage),
        ) as master,
    ):
        storage.require_writing()
        storage.expect_changes()
        follow_local_root(storage, settings.local_software_release_root, log.info)
        yield master


def _alone(storage: Storage) -> RunHere | None:
    return storage.registry.run_here if isinstance(storage.registry, SqliteRegistry) else None


def _prepare_state_directory(settings: ProxySettings) -> None:
    """Make the directory of the default database; one that somebody configured is theirs to make."""
    directory = state_directory(os.environ)
    if Path(settings.database_uri).parent != directory:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise HostFailure(f"{directory} cannot be made: {error.strerror}") from error
