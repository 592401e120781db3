"""A tenant's services as a document."""

from collections.abc import Iterable

from slap_domain.ports.master_for_tenants import ServiceSummary


def by_title(services: Iterable[ServiceSummary]) -> dict[str, object]:
    """Return the release of each title; where two services have it, both, as `service info` calls things."""
    found: dict[str, list[ServiceSummary]] = {}
    for service in services:
        found.setdefault(service.title, []).append(service)
    return {title: _told(of_title) for title, of_title in found.items()}


def _told(services: list[ServiceSummary]) -> object:
    if len(services) == 1:
        return services[0].release
    return [{"shared": service.shared, "software-url": service.release} for service in services]
