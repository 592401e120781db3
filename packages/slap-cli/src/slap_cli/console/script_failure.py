"""Tells what went wrong in a script of the console, as its author sees it: without the frames of `slapos`."""

import sys
import traceback
from types import TracebackType

from slap_domain.errors import SlapError
from slap_domain.model.visible_text import visible

# Whose frames say nothing to the author of a script.
_INTERNAL = ("slap_domain", "slap_http_adapter", "slapos.slap", "httpx", "httpcore", "contextlib", "code")


def say_script_failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write an exception with the frames of the script alone, and the hint of a failure of ours."""
    own = _frames(trace)
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(own)] if own else []
    lines.extend(traceback.format_exception_only(kind, error))
    hint = _hint(error)
    if hint:
        lines.append(f"hint: {hint}\n")
    sys.stderr.write(visible(_reasons(error) + "".join(lines)))


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """Return the frames below `slapos` itself that are not in its libraries."""
    modules = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(trace)]
    begin = max((place + 1 for place, name in enumerate(modules) if _is_in(name, ("slap_cli",))), default=0)
    return [
        summary
        for name, summary in list(zip(modules, traceback.extract_tb(trace), strict=True))[begin:]
        if not _is_in(name, _INTERNAL)
    ]


def _is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in packages)


def _reasons(error: BaseException) -> str:
    """Return what was raised before, as far as it was in the script."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is None or not _frames(before.__traceback__):
        return ""
    own = traceback.format_list(_frames(before.__traceback__))
    return "".join(
        [
            _reasons(before),
            "Traceback (most recent call last):\n",
            *own,
            *traceback.format_exception_only(before),
            "\nwhich led to:\n\n",
        ]
    )


def _hint(error: BaseException | None) -> str:
    """Return the hint of the failure of ours that an exception is, or comes from."""
    while error is not None:
        if isinstance(error, SlapError) and error.hint:
            return error.hint
        error = error.__cause__
    return ""
