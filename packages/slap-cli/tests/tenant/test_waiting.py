"""Waiting for an instance, on a master whose answers are scripted."""

import logging

import pytest

from slap_cli.tenant.service_status import service_status
from slap_cli.tenant.waiting import until_ready
from slap_domain.errors import MasterUnreachable, NotReady
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.references import DEFAULT_SOFTWARE_TYPE, ComputerGuid, InstanceTitle, SoftwareUrl
from slap_domain.ports.master_for_tenants import ServiceDescription

TITLE, RELEASE = InstanceTitle("one"), SoftwareUrl("http://release/software.cfg")
REQUEST = InstanceRequest(title=TITLE, release=RELEASE)


def instance(computer="COMP-1", state=InstanceState.STARTED, **connection):
    return RequestedInstance(
        title=TITLE,
        release=RELEASE,
        type=DEFAULT_SOFTWARE_TYPE,
        state=state,
        computer=ComputerGuid(computer) if computer else None,
        connection=connection,
    )


class ScriptedMaster:
    """Answers one step of a script at each request: an answer or a failure, and the news that go with it."""

    def __init__(self, *steps):
        self._steps = list(steps)
        self._news = None

    def request(self, request):
        answer, self._news = self._steps.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def describe_service(self, title):
        if isinstance(self._news, Exception):
            raise self._news
        return ServiceDescription(
            title=TITLE,
            release=RELEASE,
            type=DEFAULT_SOFTWARE_TYPE,
            state=InstanceState.STARTED,
            news=self._news,
        )


def waited(*steps):
    pauses = []
    found = until_ready(REQUEST, ScriptedMaster(*steps), pause=pauses.append)
    assert len(pauses) == len(steps) - 1
    return found


def test_every_stage_is_told_once(caplog):
    caplog.set_level(logging.INFO)
    found = waited(
        (NotReady("not yet"), None),
        (instance(computer=""), None),
        (instance(), ()),
        (instance(), ()),
        (instance(), ("#error first\nsecond",)),
        (instance(url="http://x/"), ("#access fine",)),
    )
    assert found.connection == {"url": "http://x/"}
    assert caplog.messages == [
        "one: waiting for the master to allocate it",
        "one: allocated on COMP-1, being deployed",
        "one: in error: first\nsecond",
        "one: ready",
    ]


def test_where_the_master_sends_no_news_publishing_means_ready():
    assert waited((instance(), None), (instance(url="u"), None)).connection == {"url": "u"}


def test_a_master_that_does_not_describe_counts_as_one_without_news():
    assert waited((instance(url="u"), MasterUnreachable("no HATEOAS"))).connection == {"url": "u"}


@pytest.mark.parametrize("state", [InstanceState.STOPPED, InstanceState.DESTROYED])
def test_what_shall_not_run_is_not_waited_for(caplog, state):
    caplog.set_level(logging.INFO)
    assert waited((instance(state=state), ())).state is state
    assert caplog.messages == [f"one: {state}"]


@pytest.mark.parametrize(
    ("news", "status"),
    [
        (None, "unsupported"),
        ((), "none"),
        (("#access a",), "green"),
        (("#error a",), "red"),
        (("#access a", "#error b"), "orange"),
    ],
)
def test_the_status_is_a_colour(news, status):
    assert service_status(news) == status
