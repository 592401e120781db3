"""Putting the HTTP API together over the rules of a master."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp

from slap_domain.errors import TemporarilyUnavailable
from slap_domain.model.master.caller import ANYBODY, Caller
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.model.references import SoftwareUrl
from slap_domain.ports.clock import Clock
from slap_domain.ports.registry import Registry
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Conversations, Master
from slap_proxy.http_api.application import Gate, Identify, MasterApplication, Workers
from slap_proxy.http_api.endpoints import Endpoint, EndpointTable
from slap_proxy.http_api.exchange import Answer, Call
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.http_api.hateoas import Hateoas
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.http_api.routes import SlapMethods, hateoas_endpoints, slap_endpoints
from slap_proxy.http_api.slap_computers import SlapComputers
from slap_proxy.http_api.slap_partitions import SlapPartitions
from slap_proxy.http_api.slap_tenants import SlapTenants
from slap_proxy.json_api.computer_methods import ComputerMethods
from slap_proxy.json_api.instance_methods import InstanceMethods
from slap_proxy.json_api.json_endpoints import json_endpoints, method_table
from slap_proxy.settings import ProxySettings, TrustMode
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.registration import Registration
from slap_proxy.trust.registration_endpoints import RegistrationMethods

Enrich = Callable[[Conversations, Desk], Conversations]


def as_they_are(conversations: Conversations, _: Desk) -> Conversations:
    """Return the conversations of a master that does nothing besides its rules."""
    return conversations


class Rules:
    """The rules of a master, bound to its records and its clock."""

    def __init__(
        self, registry: Registry, clock: Clock, settings: MasterSettings, enrich: Enrich = as_they_are
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._settings = settings
        self._enrich = enrich
        self._master = Master(registry, clock, settings)
        self._for_anybody = self._opened(ANYBODY)

    def converse(self, caller: Caller) -> Conversations:
        """Return the conversations of a caller."""
        return self._for_anybody if caller is ANYBODY else self._opened(caller)

    def desk_for(self, caller: Caller) -> Desk:
        """Return the desk at which a caller is served."""
        return Desk(registry=self._registry, clock=self._clock, caller=caller, settings=self._settings)

    def _opened(self, caller: Caller) -> Conversations:
        return self._enrich(self._master.for_caller(caller), self.desk_for(caller))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What the HTTP API needs besides the rules.

    Attributes:
        identify: tells who calls.
        workers: run the handlers.
        authority: issues certificates.
        run_id: tells this start of the master from another.
    """

    identify: Identify
    workers: Workers
    authority: CertificateAuthority
    run_id: str


def master_settings(settings: ProxySettings) -> MasterSettings:
    """Return what the rules need to know of the settings."""
    return MasterSettings(
        computer=settings.computer,
        products={name: tuple(map(SoftwareUrl, urls)) for name, urls in settings.products.items()},
        memberships=settings.memberships,
    )


def master_application(rules: Rules, settings: ProxySettings, edge: Edge) -> MasterApplication:
    """Return the whole HTTP API of a master."""
    hateoas = Hateoas(rules.converse, rules.desk_for, settings.public_url)
    registration = Registration(edge.authority, rules.desk_for)
    return MasterApplication(
        EndpointTable(
            fixed={
                **_slap(rules, settings, edge),
                **hateoas_endpoints(hateoas),
                **_json(rules, hateoas, registration, asks_others=bool(settings.masters)),
                **RegistrationMethods(registration).endpoints(),
            },
            below=_below(hateoas, settings),
        ),
        _others(settings, edge.identify),
        gate=Gate(identify=edge.identify, site=_own_site(settings)),
        workers=edge.workers,
        limits=settings.limits,
    )


def _own_site(settings: ProxySettings) -> OwnSite:
    # Where the master speaks TLS itself, a browser refuses it under a name that is not in its certificate.
    plain = settings.trust.mode is TrustMode.OPEN or bool(settings.trust.header)
    own = (socket.gethostname(), settings.host, *settings.trust.host_names)
    names = frozenset(name.lower() for name in own)
    return OwnSite(public_url=settings.public_url, names=names, plain=plain)


def _slap(rules: Rules, settings: ProxySettings, edge: Edge) -> dict[str, Endpoint]:
    elsewhere = bool(settings.masters or settings.frontends)
    return dict(
        slap_endpoints(
            SlapMethods(
                computers=SlapComputers(rules.converse, rules.desk_for),
                partitions=SlapPartitions(rules.converse, rules.desk_for),
                tenants=SlapTenants(
                    rules.converse,
                    rules.desk_for,
                    settings.products,
                    answers_elsewhere=elsewhere,
                    looks_first=not edge.workers.reads_at_once,
                ),
                asks_others=bool(settings.masters),
            ),
            edge.run_id,
        )
    )


def _json(
    rules: Rules, hateoas: Hateoas, registration: Registration, *, asks_others: bool
) -> dict[str, Endpoint]:
    instances = InstanceMethods(rules.converse, rules.desk_for)
    methods = method_table(ComputerMethods(rules.converse, rules.desk_for, registration), instances)
    return dict(json_endpoints(methods, instances, hateoas.absolute_url, asks_others=asks_others))


def _below(hateoas: Hateoas, settings: ProxySettings) -> dict[str, Endpoint]:
    below = {"hateoas": Endpoint(handlers={"GET": hateoas.show}, failure=slap_failure)}
    if settings.cache is None:
        verbs = dict.fromkeys(("GET", "POST", "PUT"), _no_cache)
        below["shacache"] = Endpoint(handlers=verbs, failure=slap_failure, reads_form=False)
    return below


def _no_cache(_: Call) -> Answer:
    raise TemporarilyUnavailable(
        "the binary cache is not configured: shacache_content_directory, shacache_metadata_directory"
    )


def _others(settings: ProxySettings, identify: Identify) -> ASGIApp | None:
    if not (settings.cache or settings.http_proxy_targets or settings.public_directory):
        return None
    # Most masters stream nothing, and start sooner without what is needed for that.
    from slap_proxy.streams import streams  # noqa: PLC0415 - see above

    return streams(settings, identify)
