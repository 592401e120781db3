"""The application: has requests handled, those that come by ASGI and short ones that come without."""

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
from slap_proxy.http_api.endpoints import Endpoint, EndpointTable
from slap_proxy.http_api.exchange import NO_FIELDS, Answer, Call, text
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.http_api.forms import parse_form, require_text
from slap_proxy.http_api.own_site import OwnSite
from slap_proxy.settings import Limits

Identify = Callable[[Scope], Caller]
Handle = Callable[[Endpoint, Scope, bytes], Answer]
# Its future is done; None when somebody else is in the way.
RunHere = Callable[[Handle, Endpoint, Scope, bytes], "Future[Answer] | None"]
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
        reads_at_once: what only reads a little is handled by whoever received it: that takes less time than
            handing it over.
        alone: has a short request handled by whoever received it, too, as long as that holds up nobody else.
    """

    short: Executor
    long: Executor
    reads_at_once: bool = False
    alone: RunHere | None = None


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
            await _send(send, await self._answer(endpoint, scope, receive), verb)

    @property
    def arrival_seconds(self) -> float:
        """Return how long a request may take to arrive."""
        return self._limits.seconds

    def short_endpoint(self, scope: Scope) -> Endpoint | None:
        """Return the endpoint of a request that `answer_short` may answer, None for what goes by ASGI.

        A request is short when handling it takes short, and its body comes whole and is small.
        """
        endpoint = self._table.find(scope["path"])
        if endpoint is None or endpoint.long:
            return None
        most = min(_LARGE, self._limits.body)
        for name, value in scope["headers"]:
            if name in _SLOW or (name == b"content-length" and (len(value) > _DIGITS or int(value) > most)):
                return None
        return endpoint

    def answer_short(
        self,
        endpoint: Endpoint,
        scope: Scope,
        body: bytes,
        answered: Callable[[Answer], None],
        *,
        is_alone: bool = False,
    ) -> Answer | None:
        """Answer a short request without waiting for anybody, or have a worker answer it.

        Args:
            endpoint: of the request, by `short_endpoint`.
            scope: of the request.
            body: of the request.
            answered: takes the answer of a worker, on any thread.
            is_alone: nobody else is connected, so nobody is held up when it is answered here.

        Returns:
            The answer; None when a worker gives it.
        """
        refusal = self._refusal(endpoint, scope)
        if refusal is not None:
            return refusal
        if self._workers.reads_at_once:
            answer = self._answer_at_once(endpoint, scope, body)
            if answer is not None:
                return answer
        if is_alone and self._workers.alone is not None:
            done = self._workers.alone(self._handle, endpoint, scope, body)
            if done is not None:
                return _outcome(endpoint, done)
        try:
            future = self._workers.short.submit(self._handle, endpoint, scope, body)
        except SlapError as error:
            return endpoint.failure(error)
        future.add_done_callback(lambda done: answered(_outcome(endpoint, done)))
        return None

    def _answer_at_once(self, endpoint: Endpoint, scope: Scope, body: bytes) -> Answer | None:
        try:
            if endpoint.at_once:
                return _confirmed(self._handle(endpoint, scope, body))
            return endpoint.remembered(self._unread_call(scope, body)) if endpoint.remembered else None
        except Exception as error:  # noqa: BLE001 - what calls this would take it for a malformed request
            return _told(endpoint, error)

    def _refusal(self, endpoint: Endpoint | None, scope: Scope) -> Answer | None:
        verb = scope["method"]
        try:
            self._gate.site.admit(scope)
        except SlapError as error:
            return (endpoint.failure if endpoint else slap_failure)(error)
        if endpoint is not None and not endpoint.knows(verb):
            return _other_verb(endpoint, verb)
        return None

    async def _answer(self, endpoint: Endpoint, scope: Scope, receive: Receive) -> Answer:
        try:
            body = await read_body(receive, scope, self._limits)
        except (BodyTooLargeError, BodyTooSlowError, BodyCutError) as error:
            return slap_failure(error)
        executor = self._workers.long if endpoint.long or len(body) > _LARGE else self._workers.short
        loop = asyncio.get_running_loop()
        try:
            return _confirmed(await loop.run_in_executor(executor, self._handle, endpoint, scope, body))
        except Exception as error:  # noqa: BLE001 - told and logged as that of a short request
            return _told(endpoint, error)

    def _handle(self, endpoint: Endpoint, scope: Scope, body: bytes) -> Answer:
        try:
            return endpoint.handler(scope["method"])(self._call(endpoint, scope, body))
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
    return _confirmed(done.result()) if error is None else _told(endpoint, error)


def _confirmed(answer: Answer) -> Answer:
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
