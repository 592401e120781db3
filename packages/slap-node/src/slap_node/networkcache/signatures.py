"""Signatures of cache entries: made with SHA-256; those of old entries, made with SHA-1, are believed too."""

import base64
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from slap_domain.errors import ConfigurationError

DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),  # noqa: S303 - what existing caches hold, and existing nodes verify, is signed with it
}


def sign(text: str, private_key_file: str, digest: str = "sha256") -> str:
    """Return the signature of an entry in base64.

    Args:
        text: the entry.
        private_key_file: an RSA or elliptic curve key.
        digest: a key of `DIGESTS`.

    Raises:
        ConfigurationError: the key cannot be read or used.
    """
    try:
        key = serialization.load_pem_private_key(Path(private_key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"signature-private-key-file cannot be used: {error}") from error
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(text.encode(), padding.PKCS1v15(), DIGESTS[digest])
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(text.encode(), ec.ECDSA(DIGESTS[digest]))
    else:
        raise ConfigurationError("signature-private-key-file holds neither an RSA nor an elliptic curve key")
    return base64.b64encode(signature).decode()


class SignatureCheck:
    """Tells whether an entry was signed by one of those who are believed.

    Raises:
        ConfigurationError: a certificate is malformed.
    """

    def __init__(self, certificates: tuple[str, ...]) -> None:
        try:
            self._keys = [
                x509.load_pem_x509_certificate(certificate.encode()).public_key()
                for certificate in certificates
            ]
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ConfigurationError(
                f"signature-certificate-list holds a malformed certificate: {error}"
            ) from error

    def trusts(self, text: str, signature: str) -> bool:
        """Tell whether one of the certificates verifies the signature of a text."""
        try:
            data = base64.b64decode(signature, validate=False)
        except ValueError:  # no base64, or characters that it does not have
            return False
        return bool(data) and any(_verifies(key, data, text.encode()) for key in self._keys)


def _verifies(key: object, signature: bytes, data: bytes) -> bool:
    for digest in DIGESTS.values():
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, data, padding.PKCS1v15(), digest)
                return True
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, data, ec.ECDSA(digest))
                return True
        except (InvalidSignature, UnsupportedAlgorithm):
            continue
    return False
