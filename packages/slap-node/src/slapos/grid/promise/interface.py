"""The interface that promise plugins declare they implement."""
# Methods of an interface have no self.
# mypy: disable-error-code="misc"

from zope.interface import Interface


class IPromise(Interface):
    """A check of a service: is it as it shall be, and does it stay so?"""

    def __init__(config):
        """Make a promise.

        Args:
            config: a dictionary; see `GenericPromise.getConfig` for what it holds.
        """

    def sense():
        """Look at the service and log what was found.

        An ERROR or CRITICAL message means that this execution failed; so does an exception.
        """

    def anomaly():
        """Tell, from the executions so far, whether a running service has a problem.

        Returns an `AnomalyResult` (a failed one asks the master to process the instance again) or a `TestResult`
        (a failed one is only told).
        """

    def test():
        """Tell, from the executions so far, whether the deployment is complete: a `TestResult`."""
