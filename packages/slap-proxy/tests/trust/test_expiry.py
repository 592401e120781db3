"""What ends with time: tokens after a day and one use, certificates after a year; and that it is shown."""

import time
from datetime import UTC, datetime

import httpx
import pytest

from slap_domain.errors import InvalidInput, NotAllowed
from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.testing.in_memory_registry import InMemoryRegistry
from slap_domain.testing.manual_clock import ManualClock
from slap_proxy.operator_tokens import list_certificates
from slap_proxy.server import running_master
from slap_proxy.storage.opening import opened_storage
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.keeping import keep_certificate
from slap_proxy.trust.tokens import TOKEN_SECONDS, digest_of, keep_token, new_token, redeem

NOW = 1_700_000_000


@pytest.fixture
def registry():
    return InMemoryRegistry()


@pytest.fixture
def token(registry):
    token = new_token()
    registry.write(lambda records: keep_token(records, token, Bearer.COMPUTER, "zoe", NOW))
    return token


def use(registry, token, bearer=Bearer.COMPUTER, later=0):
    return registry.write(lambda records: redeem(records, token, bearer, NOW + later))


def test_a_token_is_good_for_a_day_and_once(registry, token):
    with pytest.raises(NotAllowed):
        use(registry, token, later=TOKEN_SECONDS)
    assert use(registry, token, later=TOKEN_SECONDS - 1).owner == "zoe"
    with pytest.raises(NotAllowed):
        use(registry, token)


def test_a_token_that_was_shown_for_something_else_is_not_used_up(registry, token):
    with pytest.raises(NotAllowed):
        use(registry, token, Bearer.USER)
    with pytest.raises(InvalidInput):
        use(registry, "")
    assert use(registry, token).bearer is Bearer.COMPUTER


def test_the_records_do_not_hold_the_token(registry, token):
    kept = registry.write(lambda records: records.trust.take_token(token))
    assert kept is None


def test_what_ended_is_forgotten_when_something_new_is_given_out(registry, token, tmp_path):
    """Certificates are shown for 90 days more."""
    day = 24 * 3600
    for serial, expires_at in (("1", NOW - 91 * day), ("2", NOW - 88 * day)):
        record = CertificateRecord(
            serial=serial, bearer=Bearer.USER, name="zoe", issued_at=1, expires_at=expires_at
        )
        registry.write(lambda records, record=record: records.trust.add_certificate(record))
    authority = CertificateAuthority(tmp_path, ManualClock())
    issued = authority.issue(Bearer.USER, "max", datetime.fromtimestamp(NOW + TOKEN_SECONDS + 1, UTC))
    registry.write(lambda records: keep_certificate(records, issued, Bearer.USER, "max"))
    kept = registry.read(lambda records: records.trust.certificates())
    assert {each.serial for each in kept} == {"2", issued.serial}
    assert registry.write(lambda records: records.trust.take_token(digest_of(token))) is None


def test_an_unused_token_is_forgotten_when_another_is_given_out(registry, token):
    later = NOW + TOKEN_SECONDS + 1
    registry.write(lambda records: keep_token(records, "other", Bearer.USER, "zoe", later))
    assert registry.write(lambda records: records.trust.take_token(digest_of(token))) is None
    assert registry.write(lambda records: records.trust.take_token(digest_of("other"))) is not None


def test_an_expired_certificate_is_shown_so(settings):
    with opened_storage(settings.database_uri, lambda _: None) as storage:
        soon = int(time.time()) + 29 * 24 * 3600
        for serial, expires_at in (("1", NOW), ("2", 4_000_000_000), ("3", soon)):
            record = CertificateRecord(
                serial=serial, bearer=Bearer.USER, name=f"u{serial}", issued_at=NOW - 1, expires_at=expires_at
            )
            storage.registry.write(lambda records, record=record: records.trust.add_certificate(record))
    assert [row.state for row in list_certificates(settings)] == ["expired", "valid", "expires soon"]
    assert list_certificates(settings)[0].expires_at == "2023-11-14T22:13:20+00:00"


def test_a_token_of_an_open_master_is_taken_once(settings):
    with running_master(settings) as url, httpx.Client(base_url=url, trust_env=False) as client:
        asked = client.get("/hateoas/computer_module/Base_getComputerToken").json()["access_token"]
        answers = [
            client.post(
                "/Person_requestComputer", data={"title": "c"}, headers={"X-Access-Token": asked}
            ).status_code
            for _ in range(2)
        ]
    assert answers == [200, 403]
