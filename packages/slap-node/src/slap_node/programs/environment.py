"""The environment of builds, recipes, promises and reports: a short list of names, never all of the caller's.

The caller's variables may hold secrets (tokens, passwords of other tools), so only what builds are known to
need passes: locale, proxies, certificate authorities, package indexes, and how parallel builds may be. Where
pip or uv put things, and the passwords of indexes that have variables of their own, are not among it.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PASSED = frozenset(
    re.findall(
        r"\S+",
        """
    PATH LANG LANGUAGE TZ MAKEFLAGS
    HTTP_PROXY HTTPS_PROXY FTP_PROXY RSYNC_PROXY ALL_PROXY NO_PROXY
    http_proxy https_proxy ftp_proxy rsync_proxy all_proxy no_proxy
    SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE HTTPLIB2_CA_CERTS
    AWS_CA_BUNDLE GRPC_DEFAULT_SSL_ROOTS_FILE_PATH GIT_SSL_CAINFO GIT_SSL_CAPATH CARGO_HTTP_CAINFO
    NODE_EXTRA_CA_CERTS npm_config_cafile NPM_CONFIG_CAFILE
    PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_NO_INDEX PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_CERT PIP_CLIENT_CERT
    PIP_PROXY PIP_CONFIG_FILE PIP_DEFAULT_TIMEOUT PIP_TIMEOUT PIP_RETRIES PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
    PIP_PRE PIP_ONLY_BINARY PIP_NO_BINARY PIP_PREFER_BINARY PIP_KEYRING_PROVIDER PIP_DISABLE_PIP_VERSION_CHECK
    UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_NO_INDEX UV_FIND_LINKS UV_INDEX_STRATEGY
    UV_INSECURE_HOST UV_NATIVE_TLS UV_SYSTEM_CERTS UV_KEYRING_PROVIDER UV_CONFIG_FILE UV_NO_CONFIG
    UV_HTTP_TIMEOUT UV_OFFLINE UV_CONSTRAINT UV_BUILD_CONSTRAINT UV_OVERRIDE UV_PRERELEASE UV_RESOLUTION
    UV_EXCLUDE_NEWER
    npm_config_registry NPM_CONFIG_REGISTRY GOPROXY GOSUMDB GONOPROXY GONOSUMDB GOPRIVATE
    """,
    )
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
