"""The page, as a WSGI application; the greeting is read at each request: changing it needs no restart."""

import html
import os
from pathlib import Path

GREETING = Path(os.environ["HELLO_GREETING_FILE"])


def application(environ, start_response):
    """Answer every request with the greeting."""
    greeting = html.escape(GREETING.read_text().strip())
    page = f"<!doctype html><title>{greeting}</title><h1>{greeting}</h1>\n".encode()
    start_response(
        "200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))]
    )
    return [page]
