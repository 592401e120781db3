"""The binary cache of a node, put together from its settings."""

from functools import partial

from slap_domain.ports.release_cache import ReleaseCache
from slap_node.networkcache.release_cache import CachePlace, NetworkReleaseCache
from slap_node.networkcache.settings import network_cache_settings
from slap_node.partitions.places import owner_of
from slap_node.programs.own_python import base_executable
from slap_node.settings import NodeSettings


def release_cache(node: NodeSettings) -> ReleaseCache | None:
    """Return the cache of built releases that a node is configured to use; None when there is none."""
    settings = network_cache_settings(node.network_cache, node.source)
    if not settings.is_used:
        return None
    place = CachePlace(
        software_root=node.software_root,
        owner_of=partial(owner_of, single_user=node.single_user),
        links_allowed=frozenset({base_executable()}),
    )
    return NetworkReleaseCache(settings, place)
