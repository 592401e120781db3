"""`python -m slap_proxy`: the stand-alone master, without the `slapos` command."""

import argparse
import logging
import os
import sys
from pathlib import Path

from slap_domain.errors import SlapError
from slap_proxy.garbage import put_off
from slap_proxy.log_file import VisibleFormatter
from slap_proxy.settings import ProxySettings, settings_from

log = logging.getLogger("slap_proxy")

_INTERRUPTED = 130  # what a shell tells of a program that Ctrl-C ended

_EPILOG = """\
Without --cfg the master listens on 127.0.0.1:5000 and keeps its records in the user's state directory.

In front of it, a reverse proxy may terminate TLS: the headers X-Forwarded-Proto, X-Forwarded-Host and
X-Forwarded-Prefix of that one proxy are honoured in the links the master gives out. Or let the master speak
TLS itself: `trust = tls` in section [slapproxy] makes an authority of its own and asks callers for
certificates.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m slap_proxy",
        description="Run a SlapOS master.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cfg", type=Path, help="configuration file with a section [slapproxy]")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for any free one (default: 5000)")
    parser.add_argument("-u", "--database-uri", help="path of an SQLite file, or URL of a database")
    parser.add_argument(
        "--local-software-release-root",
        help="directory that software releases given as paths lie in; when it moves, they move with it",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    return parser


def _settings(arguments: argparse.Namespace) -> ProxySettings:
    settings, warnings = settings_from(arguments.cfg, os.environ)
    for warning in warnings:
        log.warning(warning)
    return settings.with_options(
        host=arguments.host,
        port=arguments.port,
        database_uri=arguments.database_uri,
        local_software_release_root=arguments.local_software_release_root,
    )


def main(words: list[str] | None = None) -> int:
    """Run the master until it is told to stop; return the exit status."""
    arguments = _parser().parse_args(words)
    level = logging.DEBUG if arguments.verbose else logging.INFO
    console = logging.StreamHandler()
    console.setFormatter(VisibleFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[console])
    for talkative in ("uvicorn", "alembic"):
        logging.getLogger(talkative).setLevel(level if arguments.verbose else logging.WARNING)
    try:
        settings = _settings(arguments)
        with put_off():
            # What serves is imported late: a wrong option or configuration is told at once.
            from slap_proxy.server import serve  # noqa: PLC0415 - see above

            serve(settings)
    except SlapError as error:
        sys.stderr.write(f"error: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"hint: {error.hint}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
