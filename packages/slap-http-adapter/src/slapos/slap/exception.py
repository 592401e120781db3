"""What the library raises."""

from typing import Any

from zope.interface import implementer

from slapos.slap.interface.slap import IException, INotFoundError


@implementer(IException)
class SlapException(Exception):
    """Anything that the library raises of its own."""


class ResourceNotReady(SlapException):
    """The master knows what was asked for but cannot tell it yet; ask again later."""


class ServerError(SlapException):
    """The master failed, or answered what is not its protocol; ask again later."""


@implementer(INotFoundError)
class NotFoundError(SlapException):
    """The master does not know what was asked for, or has no room for it."""


class ConnectionError(SlapException):
    """The master did not answer: wrong name, refused, timed out, or its certificate is not trusted."""


class AuthenticationError(SlapException):
    """The certificate files by which the caller is known cannot be used."""


class HTTPError(SlapException):
    """The master refused the request; `response.status_code` and `response.text` say how."""

    def __init__(self, message: str, response: Any = None) -> None:
        super().__init__(message)
        self.response = response
