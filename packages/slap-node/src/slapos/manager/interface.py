"""The interface that managers of third parties declare they implement: modules `slapos.manager.<name>`."""
# ruff: noqa: INP001 - third parties put their modules beside it, wherever they are installed
# Methods of an interface have no self.
# mypy: disable-error-code="misc"

from zope.interface import Interface


class IManager(Interface):
    """Adds to what a node does for its computer, its releases and its partitions."""

    def __init__(config):
        """Make a manager.

        Args:
            config: the node's merged options; `config["manager"][name]` is section [manager:<name>].
        """

    def format(computer):
        """The computer is about to be formatted."""

    def formatTearDown(computer):
        """The computer was formatted."""

    def software(software):
        """A release is about to be looked at."""

    def softwareTearDown(software):
        """The work on a release is over."""

    def instance(partition):
        """A partition is about to be looked at."""

    def instanceTearDown(partition):
        """The work on a partition is over."""

    def report(partition):
        """A destroyed partition is about to be wiped."""
