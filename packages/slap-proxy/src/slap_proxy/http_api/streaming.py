"""The Starlette application for what streams or has patterns in its path; everything else is faster."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from slap_domain.errors import SlapError
from slap_proxy.http_api.exchange import Answer
from slap_proxy.http_api.failures import slap_failure

PUBLIC = "/panel/public"
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def streaming_application(routes: list[BaseRoute], public_directory: Path | None) -> Starlette:
    """Return the application.

    Args:
        routes: of the binary cache and the relay.
        public_directory: its files are served below /panel/public; None: nothing is.
    """
    served = list(routes)
    if public_directory is not None:
        served.append(Mount(PUBLIC, StaticFiles(directory=public_directory)))
    handlers = {SlapError: _refused, HTTPException: _http_error}
    application = Starlette(routes=served, exception_handlers=handlers)
    application.router.redirect_slashes = False
    return application


async def _refused(_: Request, error: Exception) -> Response:
    answer = slap_failure(error) if isinstance(error, SlapError) else Answer(status=500)
    return Response(answer.body, answer.status, media_type="text/plain", headers=_HEADERS)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = error.detail if isinstance(error, HTTPException) else "error"
    if status == 404:
        words = f"this master has nothing at {request.url.path[:200]}"
    headers = dict(getattr(error, "headers", None) or {})
    return PlainTextResponse(words, status, headers={**headers, **_HEADERS})
