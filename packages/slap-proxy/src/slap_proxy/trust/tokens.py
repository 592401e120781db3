"""Tokens that let somebody register once: a user, or a computer of a user."""

import hashlib
import secrets

from slap_domain.errors import InvalidInput, NotAllowed
from slap_domain.model.master.records import Bearer, TokenRecord
from slap_domain.ports.registry import Records
from slap_proxy.trust.keeping import forget_ended

TOKEN_SECONDS = 24 * 3600
_TOKEN_BYTES = 32
_TOKEN_LENGTH_LIMIT = 200


def new_token() -> str:
    """Return a token that nobody can guess; never with a dash first, as options have it."""
    return secrets.token_hex(_TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def keep_token(records: Records, token: str, bearer: Bearer, owner: str, now: int) -> None:
    """Make a token valid for a day."""
    record = TokenRecord(digest=digest_of(token), bearer=bearer, owner=owner, expires_at=now + TOKEN_SECONDS)
    records.trust.add_token(record)
    forget_ended(records, now)


def redeem(records: Records, token: str, bearer: Bearer, now: int) -> TokenRecord:
    """Use a token up and return what it is for.

    Raises:
        InvalidInput: there is no token.
        NotAllowed: it is unknown, used, expired or for something else.
    """
    if not token:
        raise InvalidInput("header X-Access-Token is missing")
    known = records.trust.take_token(digest_of(token)) if len(token) <= _TOKEN_LENGTH_LIMIT else None
    if known is None or known.bearer is not bearer or known.expires_at <= now:
        raise NotAllowed("the token is unknown, used already, expired, or for something else")
    return known
