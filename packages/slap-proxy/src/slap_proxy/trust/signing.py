"""Making and reading X.509 certificates; imported only where one is needed, because it is slow to import."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from slap_domain.errors import NotAllowed
from slap_domain.model.expiry import RENEW_DAYS
from slap_proxy.trust.issued import AUTHORITY_DAYS, CERTIFICATE_DAYS, Issued

_ORGANISATION = "SlapOS"
_CLOCK_TOLERANCE = timedelta(minutes=5)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The certificate and the key of an authority."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_authority(now: datetime) -> tuple[str, str]:
    """Return certificate and key, in PEM, of a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(_ORGANISATION, "", "SlapOS master authority")
    certificate = (
        _builder(name, now, AUTHORITY_DAYS)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNING, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _certificate_text(certificate), _key_text(key)


def read_signer(certificate: bytes, key: bytes) -> Signer:
    """Read what `new_authority` made.

    Raises:
        ValueError: it is something else.
    """
    private = serialization.load_pem_private_key(key, None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is no elliptic curve key")  # noqa: TRY004 - a wrong file, not a wrong call
    return Signer(certificate=x509.load_pem_x509_certificate(certificate), key=private)


def issue_client(signer: Signer, unit: str, name: str, now: datetime) -> Issued:
    """Issue a certificate to a caller."""
    builder = _builder(_name(_ORGANISATION, unit, name), now, CERTIFICATE_DAYS)
    return _issue(signer, builder, ExtendedKeyUsageOID.CLIENT_AUTH, now)


def issue_server(signer: Signer, host_names: tuple[str, ...], now: datetime) -> Issued:
    """Issue a certificate to a server, for the names and addresses it answers at."""
    names = x509.SubjectAlternativeName([_general_name(name) for name in host_names])
    builder = _builder(_name("", "", host_names[0]), now, CERTIFICATE_DAYS)
    builder = builder.add_extension(names, critical=False)
    return _issue(signer, builder, ExtendedKeyUsageOID.SERVER_AUTH, now)


def serial_of(signer: Signer, certificate: str, now: datetime) -> str:
    """Return the serial number of a certificate that the authority issued and that is in date.

    Raises:
        NotAllowed: it did not issue it, or the certificate is not valid now.
    """
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
        read.verify_directly_issued_by(signer.certificate)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise NotAllowed("the client certificate was not issued by this master") from error
    if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
        raise NotAllowed("the client certificate is out of date", hint="ask for a new one")
    return str(read.serial_number)


def still_serves(certificate: bytes, signer: Signer, host_names: tuple[str, ...], now: datetime) -> bool:
    """Tell whether a server certificate of the authority names these hosts and does not expire soon."""
    try:
        read = x509.load_pem_x509_certificate(certificate)
        read.verify_directly_issued_by(signer.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    known = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = {str(name.value) for name in known}
    return named == set(host_names) and read.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)


def _issue(
    signer: Signer, builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier, now: datetime
) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    certificate = (
        builder.issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    return Issued(
        certificate=_certificate_text(certificate),
        key=_key_text(key),
        serial=str(certificate.serial_number),
        issued_at=int(now.timestamp()),
        expires_at=int((now + timedelta(days=CERTIFICATE_DAYS)).timestamp()),
    )


def _name(organisation: str, unit: str, common: str) -> x509.Name:
    parts = (
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.COMMON_NAME, common[:64]),
    )
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts if text])


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
