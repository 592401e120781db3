"""Puts together what the commands that ask the network cache need."""

from argparse import Namespace

from slap_cli.configuration import node_configuration
from slap_cli.long_wait import told_of_waiting
from slap_cli.terminal import Terminal
from slap_node.networkcache.lookup import PATIENCE, CacheLookup, file_lines, release_lines
from slap_node.networkcache.platforms import this_platform
from slap_node.networkcache.settings import network_cache_settings


def lookup_release(options: Namespace, terminal: Terminal) -> int:
    """Print for which systems the cache has a build of a release.

    Raises:
        SlapError: the cache is not configured, has none, or cannot be reached.
    """
    root = node_configuration(options.cfg, terminal).section("slapos").text("software_root", "")
    with told_of_waiting("the cache to answer", PATIENCE):
        found = _lookup(options, terminal).release(options.software_url)
    _say(release_lines(options.software_url, found, this_platform(root)), terminal)
    return 0


def lookup_url(options: Namespace, terminal: Terminal) -> int:
    """Print what the cache has of a downloaded file.

    Raises:
        SlapError: the cache is not configured, has none, or cannot be reached.
    """
    with told_of_waiting("the cache to answer", PATIENCE):
        found = _lookup(options, terminal).file(options.url)
    _say(file_lines("URL", options.url, found), terminal)
    return 0


def lookup_package(options: Namespace, terminal: Terminal) -> int:
    """Print what the cache has of a Python package.

    Raises:
        SlapError: the cache is not configured, has none, or cannot be reached.
    """
    with told_of_waiting("the cache to answer", PATIENCE):
        found = _lookup(options, terminal).package(options.name, options.version)
    _say(file_lines("Package", f"{options.name} {options.version}", found), terminal)
    return 0


def _lookup(options: Namespace, terminal: Terminal) -> CacheLookup:
    configuration = node_configuration(options.cfg, terminal)
    section = configuration.section("networkcache")
    return CacheLookup(network_cache_settings(section.values, configuration.source))


def _say(lines: tuple[str, ...], terminal: Terminal) -> None:
    for line in lines:
        terminal.say(line)
