import threading
from pathlib import Path

import pytest

from slap_domain.errors import Cancelled, DeploymentFailed
from slap_domain.model.partition import PartitionPlace
from slap_domain.testing.usage_reports import UsageReportsContract
from slap_node.usage_reports import UsageReportsOnDisk

USED = """<?xml version="1.0"?>
<consumption><movement><resource>hours</resource><title>Hours</title><reference>x</reference>\
<quantity>2</quantity><price>0.0</price><VAT></VAT></movement></consumption>
"""
JOURNAL = """<?xml version="1.0"?>
<journal><transaction type="Sale Packing List"><title>Eco</title>\
<start_date>a</start_date><stop_date>b</stop_date>\
<reference>r</reference><currency></currency><payment_mode></payment_mode><category></category>\
<arrow type="Destination"><source></source><destination></destination></arrow>\
<movement><resource>cpu</resource><title></title><reference>COMP-1</reference><quantity>1.5</quantity>\
<price>0.0</price><VAT></VAT><category></category></movement></transaction></journal>
"""


@pytest.fixture
def reports(site) -> UsageReportsOnDisk:
    return UsageReportsOnDisk(settings=site.settings)


def script(place: PartitionPlace, text: str, name: str = "measure", mode: int = 0o755) -> None:
    path = Path(place.path) / "etc" / "report" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


class TestContract(UsageReportsContract):
    @pytest.fixture(autouse=True)
    def on(self, site, reports):
        self.site, self.reports = site, reports

    def make_reports(self) -> UsageReportsOnDisk:
        return self.reports

    def make_place(self, reports, *, fails: bool = False) -> PartitionPlace:
        place = self.site.partition()
        script(place, f"#!/bin/sh\ncat > $1 <<EOF\n{USED}EOF\nexit {int(fails)}\n")
        return place


def ignore(text: str) -> None:
    """Do nothing with it."""


def test_one_script_that_fails_stops_no_other(site, reports):
    place = site.partition()
    script(place, "#!/bin/sh\necho oops\nexit 4\n", "first")
    script(place, f"#!/bin/sh\ncat > $1 <<EOF\n{USED}EOF\n", "second")
    script(place, "#!/bin/sh\nexit 5\n", "not-executable", 0o644)
    with pytest.raises(DeploymentFailed, match="first exited with 4") as failure:
        reports.measure(place, ignore)
    assert failure.value.log == "oops\n"
    assert len(reports.consumptions(place, ignore)) == 1


def test_a_script_that_hangs_is_killed(site):
    site.configure(partition_timeout=0.3)
    place = site.partition()
    script(place, "#!/bin/sh\nsleep 1000\n")
    with pytest.raises(DeploymentFailed, match="took too long"):
        UsageReportsOnDisk(settings=site.settings).measure(place, ignore)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        UsageReportsOnDisk(settings=site.settings, cancel=cancel).measure(place, ignore)


def test_reports_are_found_in_both_places_and_invalid_ones_stay(site, reports):
    place = site.partition()
    here = Path(place.path) / "var/xml_report"
    there = site.root / "instance/var/xml_report/slappart0"
    for folder in (here, there):
        folder.mkdir(parents=True)
        (folder / "good").write_text(USED)
        (folder / "bad").write_text("<consumption>")
        (folder / ".hidden").write_text("no")
        (folder / "folder").mkdir()
    (here / "link").symlink_to("/etc/passwd")
    complaints: list[str] = []

    found = reports.consumptions(place, complaints.append)

    assert sorted(report.key for report in found) == sorted([str(here / "good"), str(there / "good")])
    assert len(complaints) == 2
    assert all("bad is no valid consumption report" in complaint for complaint in complaints)
    reports.discard(tuple(report.key for report in found))
    assert (here / "bad").exists()
    assert not (here / "good").exists()
    assert not (there / "good").exists()


def test_the_computers_journals_are_found(site, reports):
    folder = site.root / "instance/var/xml_report/COMP-1"
    folder.mkdir(parents=True)
    (folder / "good.xml").write_text(JOURNAL)
    (folder / "bad.xml").write_text("<journal/>")
    complaints: list[str] = []
    (found,) = reports.journals("COMP-1", complaints.append)
    assert found.journal == JOURNAL
    assert len(complaints) == 1


def test_nothing_outside_of_the_instances_is_discarded(tmp_path, reports):
    (tmp_path / "file").touch()
    reports.discard((str(tmp_path / "file"),))
    assert (tmp_path / "file").exists()


def test_a_report_that_is_removed_meanwhile_is_no_failure(site, reports):
    place = site.partition()
    folder = Path(place.path) / "var" / "xml_report"
    folder.mkdir(parents=True)
    (folder / "a.xml").write_text("<invalid>")
    (folder / "b.xml").write_text(USED)
    assert reports.consumptions(place, lambda _: (folder / "b.xml").unlink()) == ()
