"""Reading when a certificate ends, compared with the library that reads whole certificates."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from slap_http_adapter.client.own_certificate import expiry_of

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(end, name="somebody"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(2**150)
        .not_valid_before(end - timedelta(days=1))
        .not_valid_after(end)
        .public_key(KEY.public_key())
        .sign(KEY, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    "end",
    [
        datetime(1987, 6, 5, 4, 3, 2, tzinfo=UTC),
        datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC),
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2051, 1, 1, tzinfo=UTC),
    ],
)
def test_the_end_is_read(tmp_path, end):
    path = tmp_path / "client.crt"
    path.write_text("Subject: CN=COMP-1/emailAddress=x\n" + certificate(end, "n" * 64))
    assert expiry_of(str(path)) == end


def test_the_first_of_several_counts(tmp_path):
    ends = [datetime(2030, 1, day, tzinfo=UTC) for day in (1, 2)]
    (tmp_path / "chain.pem").write_text("".join(map(certificate, ends)))
    assert expiry_of(str(tmp_path / "chain.pem")) == ends[0]


@pytest.mark.parametrize("cut", [0, 1, 40, 200, 400])
def test_what_is_no_certificate_ends_never(tmp_path, cut):
    text = certificate(datetime(2030, 1, 1, tzinfo=UTC))
    (tmp_path / "cut.pem").write_text(text[:cut] + text[-26:])
    assert expiry_of(str(tmp_path / "cut.pem")) is None
    assert expiry_of(str(tmp_path / "none.pem")) is None
