"""Putting together what streams: the binary cache, the relay, files for everybody."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import CallerKind
from slap_proxy.http_api.application import Identify
from slap_proxy.http_api.relay import Relay
from slap_proxy.http_api.streaming import streaming_application
from slap_proxy.network_cache.cache_routes import CacheServer
from slap_proxy.settings import ProxySettings


def streams(settings: ProxySettings, identify: Identify) -> ASGIApp:
    """Return the application of everything that streams, as far as it is configured."""
    routes = list(Relay(settings.http_proxy_targets, settings.limits, _known(identify)).routes())
    if settings.cache is not None:
        cache = CacheServer(settings.cache, limits=settings.limits, may_write=_writers(identify))
        routes = [*cache.routes(), *routes]
    return streaming_application([*routes], settings.public_directory)


def _known(identify: Identify) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        caller = identify(request.scope)
        if caller.kind is CallerKind.STRANGER:
            raise NotAllowed(f"this master relays nothing for {caller.describe()}")

    return check


def _writers(identify: Identify) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        caller = identify(request.scope)
        if caller.kind in {CallerKind.STRANGER, CallerKind.PARTITION}:
            raise NotAllowed(f"{caller.describe()} may not fill the cache")

    return check
