"""The certificate authority of a master: issues certificates to its callers and to itself."""

import fcntl
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from slap_domain.errors import ConfigurationError, NotAllowed
from slap_domain.model.master_records import Bearer
from slap_proxy.trust.secret_files import PUBLIC, SECRET, secret_directory, write_file

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 365
RENEW_DAYS = 30
_ORGANISATION = "SlapOS"
_CERTIFICATE_FILE = "authority.crt"
_KEY_FILE = "authority.key"
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate that was just issued.

    Attributes:
        certificate, key: PEM texts; the key is a secret.
        serial: in decimal.
        expires_at: seconds since the epoch.
    """

    certificate: str
    key: str = field(repr=False)
    serial: str
    issued_at: int
    expires_at: int


class CertificateAuthority:
    """Issues certificates; its own key and certificate are made at the first use and kept in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loaded: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None

    @property
    def certificate_path(self) -> Path:
        """Return where the authority's certificate is: what callers may check the master with."""
        self._load()
        return self._directory / _CERTIFICATE_FILE

    def issue(self, bearer: Bearer, name: str, now: datetime) -> Issued:
        """Issue a certificate to a caller."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, bearer.value),
                x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
            ]
        )
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        return self._issue(_builder(subject, now, CERTIFICATE_DAYS), usage, now, CERTIFICATE_DAYS)

    def issue_server(self, host_names: tuple[str, ...], now: datetime) -> Issued:
        """Issue a certificate to the master itself, for the names and addresses it answers at."""
        common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host_names[0][:64])])
        names = x509.SubjectAlternativeName([_general_name(name) for name in host_names])
        builder = _builder(common, now, CERTIFICATE_DAYS).add_extension(names, critical=False)
        return self._issue(builder, ExtendedKeyUsageOID.SERVER_AUTH, now, CERTIFICATE_DAYS)

    def serial_of(self, certificate: str) -> str:
        """Return the serial number of a certificate that this authority issued and that is in date.

        Raises:
            NotAllowed: it did not issue it, or the certificate is not valid now.
        """
        authority, _ = self._load()
        try:
            read = x509.load_pem_x509_certificate(certificate.encode())
            read.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise NotAllowed("the client certificate was not issued by this master") from error
        if not read.not_valid_before_utc <= datetime.now(UTC) <= read.not_valid_after_utc:
            raise NotAllowed("the client certificate has expired", hint="ask for a new one")
        return str(read.serial_number)

    def _issue(
        self, builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier, now: datetime, days: int
    ) -> Issued:
        authority, authority_key = self._load()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            builder.issuer_name(authority.subject)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        return Issued(
            certificate=_certificate_text(certificate),
            key=_key_text(key),
            serial=str(certificate.serial_number),
            issued_at=int(now.timestamp()),
            expires_at=int((now + timedelta(days=days)).timestamp()),
        )

    def _load(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if self._loaded is None:
            secret_directory(self._directory)
            with _locked(self._directory):
                if not (self._directory / _CERTIFICATE_FILE).exists():
                    self._create()
            self._loaded = self._read()
        return self._loaded

    def _create(self) -> None:
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
                x509.NameAttribute(NameOID.COMMON_NAME, "SlapOS master authority"),
            ]
        )
        certificate = (
            _builder(name, now, AUTHORITY_DAYS)
            .issuer_name(name)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNING, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_file(self._directory / _KEY_FILE, _key_text(key).encode(), SECRET)
        write_file(self._directory / _CERTIFICATE_FILE, _certificate_text(certificate).encode(), PUBLIC)

    def _read(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        try:
            key = serialization.load_pem_private_key((self._directory / _KEY_FILE).read_bytes(), None)
            certificate = x509.load_pem_x509_certificate((self._directory / _CERTIFICATE_FILE).read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the certificate authority in {self._directory} cannot be read: {error}"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigurationError(
                f"the key of the certificate authority in {self._directory} is no EC key"
            )
        return certificate, key


_SIGNING = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(subject: x509.Name, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_TOLERANCE)
        .not_valid_after(now + timedelta(days=days))
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate_text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
