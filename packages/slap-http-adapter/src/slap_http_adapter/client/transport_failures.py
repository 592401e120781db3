"""Why a request had no answer, translated into what the caller can do about it."""

import socket
from collections.abc import Iterator

from slap_domain.errors import MasterUnreachable
from slap_http_adapter.client.exchange_failures import (
    BrokenOffError,
    ExchangeError,
    LateAnswerError,
    NotConnectedError,
    ProxyRefusedError,
)


def worth_repeating(error: ExchangeError, *, repeatable: bool) -> bool:
    """Tell whether a request that had no answer is to be tried again.

    Args:
        error: why it had none.
        repeatable: telling it twice is the same as telling it once.
    """
    if isinstance(error, LateAnswerError):
        return False
    if isinstance(error, NotConnectedError):
        # Certificates and names that are bad stay so.
        return all(
            isinstance(cause, ConnectionError) for cause in _causes(error) if isinstance(cause, OSError)
        )
    return repeatable and isinstance(error, BrokenOffError)


def unreachable(error: ExchangeError, url: str, *, proxy: str = "") -> MasterUnreachable:
    """Return the error that says why a master did not answer.

    Args:
        error: why it had none.
        url: what was asked for.
        proxy: the environment variable that names the proxy that was asked; empty when none was.
    """
    if isinstance(error, LateAnswerError):
        return MasterUnreachable(
            f"{url} did not answer within {error.seconds:g} s",
            hint="is the master overloaded, or behind a firewall?",
        )
    for cause in _causes(error):
        known = _known_of_proxy(cause, url, proxy) if proxy else _known(cause, url)
        if known is not None:
            return known
    return MasterUnreachable(f"{url}: {error or type(error).__name__}", hint="is this the URL of a master?")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _known(cause: BaseException, url: str) -> MasterUnreachable | None:
    if isinstance(cause, socket.gaierror):
        return MasterUnreachable(
            f"{url}: the host name does not resolve to an address",
            hint="check master_url, and the DNS of this machine",
        )
    if isinstance(cause, ConnectionRefusedError):
        return MasterUnreachable(
            f"{url}: connection refused", hint="is the master running? `slapos proxy start` starts one"
        )
    return _known_of_tls(cause, url)


def _known_of_tls(cause: BaseException, url: str) -> MasterUnreachable | None:
    import ssl  # noqa: PLC0415 - costly, and masters mostly answer

    if isinstance(cause, ssl.SSLCertVerificationError):
        return MasterUnreachable(
            f"{url}: the certificate of the master is not trusted: {cause.verify_message}",
            hint="set master_ca_file to the file of the authority that issued it",
        )
    if isinstance(cause, ssl.SSLError):
        return MasterUnreachable(
            f"{url}: no secure connection: {cause.reason or cause}",
            hint="is this an https URL, and do cert_file and key_file belong to this master?",
        )
    return None


def _known_of_proxy(cause: BaseException, url: str, proxy: str) -> MasterUnreachable | None:
    hint = f"check ${proxy}, or name the host of the master in $no_proxy"
    if isinstance(cause, socket.gaierror):
        return MasterUnreachable(f"{url}: the host name of the proxy does not resolve", hint=hint)
    if isinstance(cause, ConnectionRefusedError):
        return MasterUnreachable(f"{url}: the proxy refuses connections", hint=hint)
    if isinstance(cause, ProxyRefusedError):
        return MasterUnreachable(f"{url}: the proxy does not lead there: {cause}", hint=hint)
    return _known(cause, url)
