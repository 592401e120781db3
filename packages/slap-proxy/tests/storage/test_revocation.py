"""A computer whose identity is revoked keeps none that it is given at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from slap_domain.errors import NotAllowed
from slap_domain.model.master.caller import ANYBODY, computer
from slap_domain.model.master.occasion import MasterSettings
from slap_domain.use_cases.master.desk import Desk
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.registration import Registration

# So long others are given to do what they must not.
PAUSE = 0.5


class SlowAuthority(CertificateAuthority):
    """Issues a certificate when it is told to, or after a while."""

    def __init__(self, directory, clock):
        super().__init__(directory, clock)
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def issue(self, bearer, name, now):
        self.is_asked.set()
        self.may_answer.wait(PAUSE)
        return super().issue(bearer, name, now)


@pytest.fixture
def registration(registry, clock):
    def opened(authority):
        def desk(caller):
            return Desk(registry=registry, clock=clock, caller=caller, settings=MasterSettings())

        return Registration(authority, desk)

    return opened


@pytest.fixture
def office(registration, tmp_path, clock):
    return registration(CertificateAuthority(tmp_path / "trust", clock))


@pytest.fixture
def guid(office):
    guid = office.new_computer(ANYBODY, "rack").guid
    office.computer_certificate(ANYBODY, guid)
    return guid


def test_what_is_issued_meanwhile_is_revoked_too(registry, registration, office, guid, tmp_path, clock):
    authority = SlowAuthority(tmp_path / "trust", clock)
    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(registration(authority).computer_certificate, computer(guid), guid)
        assert authority.is_asked.wait(30)
        office.revoke_computer(ANYBODY, guid)
        authority.may_answer.set()
        renewing.result(30)
    certificates = registry.read(lambda records: records.trust.certificates())
    assert [bool(each.revoked_at) for each in certificates] == [True, True]


def test_who_was_believed_before_gets_no_new_one_after(office, guid):
    office.computer_certificate(computer(guid), guid)
    office.revoke_computer(ANYBODY, guid)
    with pytest.raises(NotAllowed, match="valid any more"):
        office.computer_certificate(computer(guid), guid)
