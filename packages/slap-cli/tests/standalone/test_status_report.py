from slap_cli.standalone.bringing_up import bring_up
from slap_cli.standalone.place import COMPUTER
from slap_cli.standalone.ports import Request
from slap_cli.standalone.record import Record, WantedService
from slap_cli.standalone.status_report import system_report
from slap_domain.model.instance import InstanceEvent
from slap_domain.model.references import ComputerGuid, PartitionId
from slap_domain.ports.master_for_instances import PublishedConnection
from slap_domain.ports.process_supervisor import RunningProgram

RECORD = Record(port=4000).with_service("hello", WantedService(release="/hello/software.cfg", type="default"))
HELLO = Request(name="hello", release="/hello/software.cfg", type="default")
PLACE = {"computer": ComputerGuid(COMPUTER), "partition": PartitionId("slappart0")}


def test_a_running_service_is_shown_with_its_connection_parameters(world):
    bring_up(world.system, HELLO, lambda: None)
    world.master.instances.publish(PublishedConnection(**PLACE, parameters={"url": "http://here/"}))
    world.node.supervised = (RunningProgram(group="slappart0", name="web-on-watch", state="RUNNING", pid=7),)
    report = system_report(world.system, RECORD, "/place", kept=True)
    assert report.all_run
    assert report.lines() == [
        "directory: /place",
        "master: http://127.0.0.1:4000",
        "hello: started",
        "connection parameters:",
        "  url: http://here/",
        "programs:",
        "  slappart0:web-on-watch  RUNNING",
    ]
    assert report.document()["services"][0]["connection-parameters"] == {"url": "http://here/"}


def test_a_service_in_error_does_not_run(world):
    bring_up(world.system, HELLO, lambda: None)
    world.master.nodes.report_instance(PLACE["computer"], PLACE["partition"], InstanceEvent.ERROR, "no")
    report = system_report(world.system, RECORD, "/place", kept=True)
    assert not report.all_run
    assert "hello: in error" in report.lines()


def test_a_stopped_system_is_shown_without_asking_its_master(world):
    world.process.running = False
    world.node.supervised = ()
    report = system_report(world.system, RECORD, "/place", kept=True)
    assert not report.all_run
    assert report.lines() == ["directory: /place", "master: stopped", "hello: stopped"]


def test_what_nobody_looks_after_is_told(world):
    bring_up(world.system, HELLO, lambda: None)
    report = system_report(world.system, RECORD, "/place", kept=False)
    assert "nobody looks after it" in report.lines()[2]
    assert report.document()["looked-after"] is False


def test_a_service_that_the_master_does_not_know_is_destroyed(world):
    assert "hello: destroyed" in system_report(world.system, RECORD, "/place", kept=True).lines()


def test_a_service_whose_program_ended_does_not_run(world):
    bring_up(world.system, HELLO, lambda: None)
    world.node.supervised = (
        RunningProgram(
            group="slappart0", name="web-on-watch", state="EXITED", pid=0, ended="ended with status 3"
        ),
        RunningProgram(group="slappart0", name="once", state="EXITED", pid=0, ended="ended with status 0"),
    )
    report = system_report(world.system, RECORD, "/place", kept=True)
    assert not report.all_run
    assert report.lines()[2:4] == ["hello: in error", "  slappart0: web ended with status 3"]


def test_a_service_that_nobody_supervises_does_not_run(world):
    bring_up(world.system, HELLO, lambda: None)
    world.node.supervised = (
        RunningProgram(group="slappart0", name="web-on-watch", state="UNSUPERVISED", pid=7),
    )
    report = system_report(world.system, RECORD, "/place", kept=True)
    assert not report.all_run
    assert "supervisor does not run" in report.lines()[3]
    world.process.running = False
    stopped = system_report(world.system, RECORD, "/place", kept=True).lines()
    assert "slapos standalone stop" in stopped[3]
    assert stopped[-1] == "  slappart0:web-on-watch  UNSUPERVISED"


def test_a_value_of_many_lines_is_shown_as_one(world):
    bring_up(world.system, HELLO, lambda: None)
    world.master.instances.publish(PublishedConnection(**PLACE, parameters={"key": "one\ntwo"}))
    assert system_report(world.system, RECORD, "/place", kept=True).lines()[4:6] == [
        "  key: one\n    two",
        "programs:",
    ]
