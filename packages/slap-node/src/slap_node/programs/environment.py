"""The environment of builds, recipes, promises and reports: a short list of names, never all of the caller's.

The caller's variables may hold secrets (tokens, passwords of other tools), so only what builds are known to
need passes.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PASSED = frozenset(
    {
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        # Proxies: programs read either case.
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "FTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "ftp_proxy",
        "all_proxy",
        "no_proxy",
        # Certificate authorities.
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "NODE_EXTRA_CA_CERTS",
        # The machine's package index, as pip and uv are told of it.
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_NO_INDEX",
        "PIP_FIND_LINKS",
        "PIP_TRUSTED_HOST",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_PROXY",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_RETRIES",
        "PIP_CONSTRAINT",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "UV_INDEX_URL",
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_NO_INDEX",
        "UV_CONFIG_FILE",
        # How parallel builds may be.
        "MAKEFLAGS",
    }
)
_PASSED_PREFIXES = ("LC_",)


def environment_of_runs(
    caller: Mapping[str, str],
    *,
    home: PurePosixPath,
    passed: Iterable[str] = (),
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the environment for a program that the node runs.

    Args:
        caller: the node's own environment.
        home: what HOME shall be.
        passed: more names to pass, from the configuration.
        extra: variables to set, whatever the caller has.
    """
    names = _PASSED | frozenset(passed)
    kept = {
        name: value for name, value in caller.items() if name in names or name.startswith(_PASSED_PREFIXES)
    }
    kept.setdefault("PATH", DEFAULT_PATH)
    return kept | {"HOME": str(home), "PYTHONNOUSERSITE": "true"} | dict(extra or {})
