"""Why a request had no answer, whichever way it went out."""


class ExchangeError(Exception):
    """There is no answer, and asking again would not bring one."""


class LateAnswerError(ExchangeError):
    """What was waited for did not come in time.

    Attributes:
        seconds: that were waited.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"nothing came within {seconds:g} s")
        self.seconds = seconds


class NotConnectedError(ExchangeError):
    """There was no connection, so that nothing of the request was sent; the cause tells why."""


class BrokenOffError(ExchangeError):
    """The connection broke, or the other side did not keep to HTTP: what was sent may have been taken."""


class ProxyRefusedError(ExchangeError):
    """The proxy does not lead there."""


class UnusableAnswerError(Exception):
    """An answer is too long, or not compressed as it says."""
