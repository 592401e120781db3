"""httpx without its command line, the import of which takes more time than all the rest."""

import sys

# httpx imports its command line, and with it rich, click and pygments where they are installed, unless that
# import fails; measured: 250 ms with it, 107 ms without.
_COMMAND_LINE = "httpx._main"
if "httpx" not in sys.modules:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]
try:
    import httpx
finally:
    if _COMMAND_LINE in sys.modules and sys.modules[_COMMAND_LINE] is None:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
