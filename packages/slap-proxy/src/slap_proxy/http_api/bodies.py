"""Reading the body of a request within the limits of size and time."""

import asyncio

from starlette.types import Receive, Scope

from slap_domain.errors import SlapError
from slap_proxy.settings import Limits


class BodyTooLargeError(SlapError):
    """The body of a request is beyond the limit."""


class BodyTooSlowError(SlapError):
    """The body of a request did not arrive in time."""

    def __init__(self, message: str = "the request did not arrive in time") -> None:
        super().__init__(message)


class BodyCutError(SlapError):
    """The client went away in the middle of a body: what arrived must not be taken for the whole."""


async def read_body(receive: Receive, scope: Scope, limits: Limits) -> bytes:
    """Return the whole body of a request.

    Raises:
        BodyTooLargeError: it is, or says that it is, larger than the limit.
        BodyTooSlowError: it did not arrive in time.
        BodyCutError: the client went away before its end.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limits.body:
            raise BodyTooLargeError(f"the body has {int(value)} bytes, the limit is {limits.body}")
    try:
        async with asyncio.timeout(limits.seconds):
            return await _whole(receive, limits.body)
    except TimeoutError as error:
        raise BodyTooSlowError from error


async def _whole(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyCutError("the client went away in the middle of a request")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLargeError(f"the body has more than {limit} bytes")
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)
