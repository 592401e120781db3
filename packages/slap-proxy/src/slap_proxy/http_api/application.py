"""The ASGI application: reads a request within the limits, has a worker handle it, sends the answer."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from slap_domain.errors import InvalidInput, SlapError
from slap_domain.model.master.caller import Caller
from slap_proxy.http_api.answer_bytes import answer_headers
from slap_proxy.http_api.bodies import BodyCutError, BodyTooLargeError, BodyTooSlowError, read_body
from slap_proxy.http_api.exchange import NO_FIELDS, Answer, Call, text
from slap_proxy.http_api.failures import FailureAnswer, slap_failure
from slap_proxy.http_api.forms import parse_form, require_text
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.settings import Limits

Handler = Callable[[Call], Answer]
Identify = Callable[[Scope], Caller]
log = logging.getLogger(__name__)
# Reading a larger body takes longer than others should wait.
_LARGE = 64 * 1024
_DIGITS = 10
# A body that comes in parts, or when it is asked for.
_SLOW = frozenset({b"transfer-encoding", b"expect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who handles requests: some for those that are short, others for those that may take long.

    Attributes:
        at_once: what only reads a little is handled by whoever received it: that takes less time than handing
            it over.
    """

    short: Executor
    long: Executor
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What answers at one path.

    Attributes:
        handlers: by verb.
        failure: how an error is told.
        reads_form: the body of a POST is a form.
        long: handling may take long, or wait for somebody; it must not hold up others.
        at_once: handling only reads, and little.
        remembered: answers a POST by its headers and its body alone, as it was answered before; or says None.
    """

    handlers: Mapping[str, Handler]
    failure: FailureAnswer
    reads_form: bool = True
    long: bool = False
    at_once: bool = False
    remembered: Callable[[Call], Answer | None] | None = None

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
        """Answer one request, whatever it is."""
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        endpoint, verb = self._table.find(scope["path"]), scope["method"]
        refusal = self._refusal(endpoint, scope)
        if refusal is not None:
            await _send(send, refusal, verb)
        elif endpoint is None:
            await self._others(scope, receive, send)
        else:
            await self._answer(endpoint, scope, receive, send)

    @property
    def arrival_seconds(self) -> float:
        """Return how long a request may take to arrive."""
        return self._limits.seconds

    def late(self, scope: Scope) -> Answer:
        """Return the answer to a request that did not arrive in time."""
        endpoint = self._table.find(scope["path"])
        failure = endpoint.failure if endpoint else slap_failure
        return failure(BodyTooSlowError("the request did not arrive in time"))

    def is_short(self, scope: Scope) -> bool:
        """Tell whether a request may be answered by `answer_at_once` and `answer_later`.

        So it is when its path is fixed, handling it is short, and its body comes whole and is small.
        """
        endpoint = self._table.find(scope["path"])
        if endpoint is None or endpoint.long:
            return False
        most = min(_LARGE, self._limits.body)
        for name, value in scope["headers"]:
            if name in _SLOW or (name == b"content-length" and (len(value) > _DIGITS or int(value) > most)):
                return False
        return True

    def answer_at_once(self, scope: Scope, body: bytes) -> Answer | None:
        """Answer a short request without waiting for anybody; None when that cannot be."""
        endpoint, verb = self._table.find(scope["path"]), scope["method"]
        refusal = self._refusal(endpoint, scope)
        if refusal is not None or endpoint is None:
            return refusal
        handler = endpoint.handlers["GET" if verb == "HEAD" else verb]
        if not self._workers.at_once:
            return None
        try:
            if endpoint.at_once:
                return _kept(self._handle(endpoint, handler, scope, body))
            return endpoint.remembered(self._unread_call(scope, body)) if endpoint.remembered else None
        except Exception as error:  # noqa: BLE001 - what calls this would take it for a malformed request
            return _told(endpoint, error)

    def answer_later(self, scope: Scope, body: bytes, answered: Callable[[Answer], None]) -> None:
        """Have a worker answer a short request that was not answered at once.

        Args:
            scope: of the request.
            body: of the request.
            answered: takes the answer, on any thread.
        """
        endpoint, verb = self._table.find(scope["path"]), scope["method"]
        if endpoint is None:
            raise KeyError(scope["path"])
        handler = endpoint.handlers["GET" if verb == "HEAD" else verb]
        try:
            future = self._workers.short.submit(self._handle, endpoint, handler, scope, body)
        except SlapError as error:
            answered(endpoint.failure(error))
        else:
            future.add_done_callback(lambda done: answered(_outcome(endpoint, done)))

    def _refusal(self, endpoint: Endpoint | None, scope: Scope) -> Answer | None:
        verb = scope["method"]
        try:
            self._gate.site.admit(scope)
        except SlapError as error:
            return (endpoint.failure if endpoint else slap_failure)(error)
        if endpoint is not None and ("GET" if verb == "HEAD" else verb) not in endpoint.handlers:
            return _other_verb(endpoint, verb)
        return None

    async def _answer(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        verb = scope["method"]
        handler = endpoint.handlers["GET" if verb == "HEAD" else verb]
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
            return _kept(await loop.run_in_executor(executor, self._handle, endpoint, handler, scope, body))
        except SlapError as error:
            # What made the answer worthless after it was made: what it says could not be committed.
            return endpoint.failure(error)

    def _handle(self, endpoint: Endpoint, handler: Handler, scope: Scope, body: bytes) -> Answer:
        try:
            return handler(self._call(endpoint, scope, body))
        except SlapError as error:
            return endpoint.failure(error)

    def _call(self, endpoint: Endpoint, scope: Scope, body: bytes) -> Call:
        form = body if scope["method"] == "POST" and endpoint.reads_form else scope["query_string"]
        if "\0" in scope["path"]:
            raise InvalidInput("the path holds a NUL")
        fields = parse_form(form, self._limits.fields)
        require_text(fields)
        return self._unread_call(scope, body, fields)

    def _unread_call(self, scope: Scope, body: bytes, fields: Mapping[str, str] = NO_FIELDS) -> Call:
        return Call(
            verb=scope["method"],
            path=scope["path"].lstrip("/"),
            fields=fields,
            headers=scope["headers"],
            body=body,
            scheme=scope["scheme"],
            caller=self._gate.identify(scope),
        )


def _outcome(endpoint: Endpoint, done: "Future[Answer]") -> Answer:
    error = done.exception()
    return _kept(done.result()) if error is None else _told(endpoint, error)


def _kept(answer: Answer) -> Answer:
    if answer.confirmed is not None:
        answer.confirmed()
    return answer


def _told(endpoint: Endpoint, error: BaseException) -> Answer:
    if isinstance(error, SlapError):
        # Also what made an answer worthless after it was made: what it says could not be committed.
        return endpoint.failure(error)
    log.error("a request could not be handled", exc_info=error)
    return text("Internal Server Error", 500)


async def _nothing_there(scope: Scope, _: Receive, send: Send) -> None:
    words = f"this master has nothing at {scope['path'][:200]}"
    await _send(send, text(words, 404), scope["method"])


def _other_verb(endpoint: Endpoint, verb: str) -> Answer:
    allow = (("allow", endpoint.allow),)
    if verb == "OPTIONS":
        return Answer(headers=allow)
    return Answer(status=405, body=f"use {endpoint.allow}".encode(), headers=allow)


async def _send(send: Send, answer: Answer, verb: str) -> None:
    headers = answer_headers(answer)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    pieces = answer.body if isinstance(answer.body, tuple) else (answer.body,)
    if verb == "HEAD":
        pieces = (b"",)
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": pieces[-1]})
