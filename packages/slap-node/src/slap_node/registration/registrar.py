"""Registering with a master over HTTP, on its site (node-conventions section 15)."""

import contextlib
import json
import os
import ssl
from collections.abc import Iterator

from slap_domain.errors import InvalidInput, NotAllowed, RequestRefused, TemporarilyUnavailable
from slap_domain.model.binary_cache import is_http
from slap_domain.model.host.registration import IssuedIdentity
from slap_domain.model.references import ComputerGuid
from slap_http_adapter.wire.marshal import loads
from slap_node.outbound import Outbound

_TOKEN_HEADER = "X-Access-Token"  # noqa: S105 - the name of a header
_ONCE = "a token works once, and for one day: get a new one"
_ONCE_AND_OVER = "a token works once, and for one day; a certificate that is still valid renews without one"
_STILL_ACTIVE = "Certificate still active."


class HttpRegistrar:
    """`Registrar` of a master, by the URL of its site.

    Raises:
        InvalidInput: it is no URL of a site.
    """

    def __init__(self, web_url: str, outbound: Outbound) -> None:
        if not is_http(web_url):
            raise InvalidInput(
                f"{web_url[:200]!r} is no URL of a master's site",
                hint="give --master-url-web a URL that begins with https://",
            )
        self._url = web_url.rstrip("/")
        self._outbound = outbound

    def register_computer(self, title: str, token: str) -> IssuedIdentity:
        """Make this machine a computer of the master."""
        return self._issued("Person_requestComputer", token, {"title": title})

    def register_user(self, token: str) -> IssuedIdentity:
        """Return an identity of the user who got the token."""
        return self._issued("Person_getCertificate", token, {})

    def renew_computer(self, computer: ComputerGuid, token: str) -> IssuedIdentity:
        """Return another identity of a computer."""
        answer = self._renewed("generateComputerCertificate", token, {"computer_id": computer})
        try:
            values = loads(answer.encode())
        except RequestRefused:
            values = None
        return self._identity_of(values)

    def renew_user(self, token: str) -> IssuedIdentity:
        """Return another identity of a user."""
        return self._identity(self._renewed("Person_getCertificate", token, {}))

    def _renewed(self, method: str, token: str, form: dict[str, str]) -> str:
        if token:
            return self._answered(method, token, form, _ONCE_AND_OVER)
        url = f"{self._url}/{method}"
        try:
            return self._outbound.send("POST", url, form=form, headers={"Accept": "application/json"})
        except RequestRefused as error:
            raise NotAllowed(
                f"the master does not renew it: {error}",
                hint="get a token from the master's operator or site, and renew with --token",
            ) from error

    def _issued(self, method: str, token: str, form: dict[str, str]) -> IssuedIdentity:
        return self._identity(self._answered(method, token, form))

    def _answered(self, method: str, token: str, form: dict[str, str], hint: str = _ONCE) -> str:
        if not token.isascii() or not token.isprintable() or not token.strip():
            raise NotAllowed("the token is empty or malformed", hint="copy it again, in one piece")
        headers = {_TOKEN_HEADER: token.strip(), "Accept": "application/json"}
        try:
            return self._outbound.send("POST", f"{self._url}/{method}", form=form, headers=headers)
        except NotAllowed as error:
            raise NotAllowed(f"the master refuses the token: {error}", hint=hint) from error

    def _identity(self, answer: str) -> IssuedIdentity:
        if _STILL_ACTIVE in answer:
            raise RequestRefused(
                "the master says that the certificate is still active",
                hint="revoke it on the master's site first",
            )
        try:
            values = json.loads(answer)
        except ValueError:
            values = None
        return self._identity_of(values)

    def _identity_of(self, values: object) -> IssuedIdentity:
        given = values if isinstance(values, dict) else {}
        certificate, key = given.get("certificate"), given.get("key")
        if not isinstance(certificate, str) or not isinstance(key, str):
            raise TemporarilyUnavailable(
                f"{self._url} answers with something else than an identity",
                hint="--master-url-web must be the URL of the master's site, not that of its API",
            )
        identity = IssuedIdentity(certificate=certificate, key=key)
        if not _belong_together(identity):
            raise TemporarilyUnavailable(
                f"{self._url} answers with a certificate and a key that do not belong together",
                hint="nothing was written; tell the master's operator, and get a new token",
            )
        return identity


def _belong_together(identity: IssuedIdentity) -> bool:
    """Tell whether they can be used as an identity, by the library that will; the key touches no disk."""
    with _in_memory(identity.certificate) as certificate, _in_memory(identity.key) as key:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=_no_password)
        except (ssl.SSLError, ValueError):
            return False
    return True


def _no_password() -> str:
    raise ValueError("the key is encrypted")


@contextlib.contextmanager
def _in_memory(text: str) -> Iterator[str]:
    descriptor = os.memfd_create("identity")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
