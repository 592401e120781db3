"""The ASGI application: reads a request within the limits, has a worker handle it, sends the answer."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from slap_domain.errors import InvalidInput, SlapError
from slap_domain.model.master.caller import Caller
from slap_proxy.http_api.bodies import BodyCutError, BodyTooLargeError, BodyTooSlowError, read_body
from slap_proxy.http_api.exchange import Answer, Call, text
from slap_proxy.http_api.failures import FailureAnswer, slap_failure
from slap_proxy.http_api.forms import parse_form, require_text
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.settings import Limits

Handler = Callable[[Call], Answer]
Identify = Callable[[Scope], Caller]


# Reading a larger body takes longer than others should wait.
_LARGE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who handles requests: some for those that are short, others for those that may take long."""

    short: Executor
    long: Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What answers at one path.

    Attributes:
        handlers: by verb.
        failure: how an error is told.
        reads_form: the body of a POST is a form.
        long: handling may take long, or wait for somebody; it must not hold up others.
    """

    handlers: Mapping[str, Handler]
    failure: FailureAnswer
    reads_form: bool = True
    long: bool = False

    @property
    def allow(self) -> str:
        """Return the verbs for an Allow header."""
        verbs = {*self.handlers, "OPTIONS"} | ({"HEAD"} if "GET" in self.handlers else set())
        return ", ".join(sorted(verbs))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTable:
    """All endpoints.

    Attributes:
        fixed: by whole path.
        below: by the first part of a longer path.
    """

    fixed: Mapping[str, Endpoint]
    below: Mapping[str, Endpoint]

    def find(self, path: str) -> Endpoint | None:
        """Return what answers at a path, None when nothing does."""
        name = path.lstrip("/")
        found = self.fixed.get(name)
        if found is not None:
            return found
        first, slash, _ = name.partition("/")
        return self.below.get(first) if slash else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whose requests are heard, and as whose.

    Attributes:
        identify: tells who calls.
        site: keeps the pages of other sites out.
    """

    identify: Identify
    site: OwnSite


class MasterApplication:
    """Answers requests at fixed paths; hands everything else on, where there is somebody to hand it to.

    A dictionary finds the endpoint, because a router that tries one pattern after the other costs more than
    many of our answers.
    """

    def __init__(
        self, table: EndpointTable, others: ASGIApp | None, *, gate: Gate, workers: Workers, limits: Limits
    ) -> None:
        self._table = table
        self._others = others or _nothing_there
        self._gate = gate
        self._workers = workers
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        endpoint, verb = self._table.find(scope["path"]), scope["method"]
        try:
            self._gate.site.admit(scope)
        except SlapError as error:
            await _send(send, (endpoint.failure if endpoint else slap_failure)(error), verb)
            return
        if endpoint is None:
            await self._others(scope, receive, send)
            return
        await self._answer(endpoint, scope, receive, send)

    async def _answer(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        verb = scope["method"]
        handler = endpoint.handlers.get("GET" if verb == "HEAD" else verb)
        if handler is None:
            await _send(send, _other_verb(endpoint, verb), verb)
            return
        try:
            body = await read_body(receive, scope, self._limits)
        except (BodyTooLargeError, BodyTooSlowError, BodyCutError) as error:
            await _send(send, slap_failure(error), verb)
            return
        answer = await self._answered(endpoint, handler, scope, body)
        await _send(send, answer, verb)

    async def _answered(self, endpoint: Endpoint, handler: Handler, scope: Scope, body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        executor = self._workers.long if endpoint.long or len(body) > _LARGE else self._workers.short
        try:
            return await loop.run_in_executor(executor, self._handle, endpoint, handler, scope, body)
        except SlapError as error:
            # What made the answer worthless after it was made: what it says could not be committed.
            return endpoint.failure(error)

    def _handle(self, endpoint: Endpoint, handler: Handler, scope: Scope, body: bytes) -> Answer:
        try:
            return handler(self._call(endpoint, scope, body))
        except SlapError as error:
            return endpoint.failure(error)

    def _call(self, endpoint: Endpoint, scope: Scope, body: bytes) -> Call:
        verb, path = scope["method"], scope["path"]
        form = body if verb == "POST" and endpoint.reads_form else scope["query_string"]
        if "\0" in path:
            raise InvalidInput("the path holds a NUL")
        fields = parse_form(form, self._limits.fields)
        require_text(fields)
        return Call(
            verb=verb,
            path=path.lstrip("/"),
            fields=fields,
            headers=scope["headers"],
            body=body,
            scheme=scope["scheme"],
            caller=self._gate.identify(scope),
        )


async def _nothing_there(scope: Scope, _: Receive, send: Send) -> None:
    words = f"this master has nothing at {scope['path'][:200]}"
    await _send(send, text(words, 404), scope["method"])


def _other_verb(endpoint: Endpoint, verb: str) -> Answer:
    allow = (("allow", endpoint.allow),)
    if verb == "OPTIONS":
        return Answer(headers=allow)
    return Answer(status=405, body=f"use {endpoint.allow}".encode(), headers=allow)


async def _send(send: Send, answer: Answer, verb: str) -> None:
    pieces = answer.body if isinstance(answer.body, tuple) else (answer.body,)
    length = str(sum(map(len, pieces))).encode()
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", length),
        (b"x-content-type-options", b"nosniff"),
    ]
    if not any(name == "cache-control" for name, _ in answer.headers):
        headers.append((b"cache-control", b"no-store"))
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if verb == "HEAD":
        pieces = (b"",)
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": pieces[-1]})
