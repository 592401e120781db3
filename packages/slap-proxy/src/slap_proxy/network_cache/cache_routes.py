"""Serving the binary cache over HTTP, streaming both ways (node-conventions section 12)."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from slap_domain.errors import InvalidInput, NotFound, TemporarilyUnavailable
from slap_proxy.http_api.bodies import BodyCutError, BodyTooLargeError, BodyTooSlowError, read_body
from slap_proxy.network_cache.cache_files import ENTRY_LIMIT, CacheFiles, require
from slap_proxy.settings import Limits, NetworkCache

log = logging.getLogger(__name__)
_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
Check = Callable[[Request], None]


class CacheServer:
    """Serves contents and entries, from the files or from the upstream cache, which fills the files."""

    def __init__(self, settings: NetworkCache, *, limits: Limits, may_write: Check) -> None:
        self._settings = settings
        self._files = CacheFiles(settings.content, settings.metadata)
        self._limits = limits
        self._entry_limits = replace(limits, body=ENTRY_LIMIT)
        self._may_write = may_write
        self._fetching: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._fetching_guard = threading.Lock()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/shacache/cache", self.post_content, methods=["POST"]),
            Route("/shacache/cache/{sha512}", self.get_content, methods=["GET"]),
            Route("/shacache/cache/{sha512}", self.put_content, methods=["PUT"]),
            Route("/shacache/dir/{key}", self.get_entries, methods=["GET"]),
            Route("/shacache/dir/{key}", self.put_entry, methods=["PUT"]),
        ]

    async def get_content(self, request: Request) -> Response:
        """Send a content; parts of it on request."""
        path = await to_thread.run_sync(self._content, request.path_params["sha512"])
        return FileResponse(path, media_type="application/octet-stream", headers=_NO_STORE)

    async def get_entries(self, request: Request) -> Response:
        """Send the list of entries of a key."""
        document = await to_thread.run_sync(self._entries, request.path_params["key"])
        return Response(document, media_type="application/json", headers=_NO_STORE)

    async def post_content(self, request: Request) -> Response:
        """Keep a content and tell its SHA-512."""
        return await self._receive(request, "")

    async def put_content(self, request: Request) -> Response:
        """Keep a content under the SHA-512 that it must have."""
        return await self._receive(request, self._files.content_path(request.path_params["sha512"]).name)

    async def put_entry(self, request: Request) -> Response:
        """Add an entry to a key."""
        await to_thread.run_sync(self._may_write, request)
        document = await read_body(request.receive, request.scope, self._entry_limits)
        await to_thread.run_sync(self._files.add_entry, request.path_params["key"], document)
        return PlainTextResponse("", 201, headers=_NO_STORE)

    async def _receive(self, request: Request, expected: str) -> Response:
        await to_thread.run_sync(self._may_write, request)
        with self._files.receiving() as reception:
            async for piece in self._pieces(request):
                await to_thread.run_sync(reception.add, piece)
            sha512 = await to_thread.run_sync(reception.keep, expected)
        return PlainTextResponse(sha512, 201, headers=_NO_STORE)

    async def _pieces(self, request: Request) -> AsyncIterator[bytes]:
        """Give the pieces of a content; it may take long as a whole, but each piece must come in time."""
        received, stream = 0, request.stream()
        while True:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    piece = await anext(stream, None)
            except ClientDisconnect as error:
                raise BodyCutError("the client went away in the middle of a content") from error
            except TimeoutError as error:
                raise BodyTooSlowError("the content did not arrive in time") from error
            if piece is None:
                return
            received += len(piece)
            if received > self._limits.cached_object:
                raise BodyTooLargeError(f"a content has at most {self._limits.cached_object} bytes")
            yield piece

    def _content(self, sha512: str) -> Path:
        found = self._files.find_content(sha512)
        if found is None and self._settings.upstream_content:
            self._fetch_content(sha512)
            found = self._files.find_content(sha512)
        return require(found, f"content {sha512}")

    def _fetch_content(self, sha512: str) -> None:
        url = f"{self._settings.upstream_content.rstrip('/')}/{sha512}"
        with self._turn(sha512), self._files.receiving() as reception:
            if self._files.find_content(sha512) is not None:
                return
            _fetch(url, reception.add, self._limits.cached_object)
            try:
                reception.keep(sha512)
            except InvalidInput as error:
                raise TemporarilyUnavailable(f"{url} sends something else: {error}") from error
        log.info("fetched %s from the upstream cache", sha512)

    def _turn(self, sha512: str) -> threading.Lock:
        """Return what those who fetch the same content take turns with; others need not wait for them."""
        with self._fetching_guard:
            return self._fetching.setdefault(sha512, threading.Lock())

    def _entries(self, key: str) -> bytes:
        found = self._files.entries(key)
        if found is not None:
            return found
        if not self._settings.upstream_metadata:
            raise NotFound(f"key {key} is not in the cache")
        url = f"{self._settings.upstream_metadata.rstrip('/')}/{key}"
        document = bytearray()
        _fetch(url, document.extend, ENTRY_LIMIT)
        try:
            self._files.keep_entries(key, bytes(document))
        except InvalidInput as error:
            raise TemporarilyUnavailable(f"{url} sends something else: {error}") from error
        return bytes(document)


def _fetch(url: str, sink: Callable[[bytes], object], limit: int) -> None:
    from slap_proxy.outbound import fetch  # noqa: PLC0415 - most masters fetch nothing

    fetch(url, sink, limit)
