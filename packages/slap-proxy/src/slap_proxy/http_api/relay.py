"""Relaying requests to the few servers that the operator allowed (`/http_proxy`)."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slap_domain.errors import NotAllowed, NotFound
from slap_proxy.http_api.bodies import read_body
from slap_proxy.settings import Limits

Check = Callable[[Request], None]
_VERBS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


def allowed_target(url: str, targets: tuple[str, ...]) -> bool:
    """Tell whether a URL lies at or below one of the targets: same scheme, host and port, path inside."""
    asked = urlsplit(url)
    if ".." in _segments(asked.path) or "@" in asked.netloc:
        return False
    for target in targets:
        known = urlsplit(target)
        root = known.path.rstrip("/")
        same_server = (asked.scheme, asked.netloc) == (known.scheme, known.netloc)
        if same_server and (asked.path == root or asked.path.startswith(f"{root}/")):
            return True
    return False


def _segments(path: str) -> list[str]:
    """Return the parts of a path as the strangest server would: escapes undone, backslashes turned."""
    while (plain := unquote(path)) != path:
        path = plain
    return path.replace("\\", "/").split("/")


class Relay:
    """Relays to configured targets, for whom the check lets pass."""

    def __init__(self, targets: tuple[str, ...], limits: Limits, check: Check) -> None:
        self._targets = targets
        self._limits = limits
        self._check = check

    def routes(self) -> list[Route]:
        """Return the routes; none when nothing may be relayed to."""
        if not self._targets:
            return []
        return [Route("/http_proxy/{scheme}/{rest:path}", self.answer, methods=_VERBS)]

    async def answer(self, request: Request) -> Response:
        """Relay one request."""
        scheme, rest = request.path_params["scheme"], request.path_params["rest"]
        if scheme not in {"http", "https"}:
            raise NotFound("only http and https can be relayed")
        url = f"{scheme}://{rest}"
        if not allowed_target(url, self._targets):
            raise NotAllowed("this master does not relay there", hint="http_proxy_targets names where it may")
        await to_thread.run_sync(self._check, request)
        if request.url.query:
            url = f"{url}?{request.url.query}"
        from slap_proxy.outbound import relay  # noqa: PLC0415 - most masters relay nothing

        body = await read_body(request.receive, request.scope, self._limits)
        headers = request.headers.items()
        answered = await to_thread.run_sync(relay, request.method, url, headers, body, self._limits.body)
        response = Response(answered.body, answered.status)
        for name, value in answered.headers:
            response.headers.append(name, value)
        return response
