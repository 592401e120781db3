"""Where requested children are noted."""

from slap_http_adapter.library import children_record


def test_there_is_no_record_outside_of_a_deployment():
    assert children_record.record_of("slappart0", {}) is None


def test_a_partition_id_is_no_path(tmp_path):
    environment = {"SLAPGRID_INSTANCE_ROOT": str(tmp_path)}
    for name in ("", "../x", "a/b"):
        assert children_record.record_of(name, environment) is None


def test_a_folder_that_is_not_there_has_no_record(tmp_path):
    environment = {"SLAPGRID_INSTANCE_ROOT": str(tmp_path)}
    children_record.begin("slappart0", environment)
    children_record.note("slappart0", "x", environment)
    assert list(tmp_path.iterdir()) == []


def test_beginning_again_keeps_what_is_noted(tmp_path):
    environment = {"SLAPGRID_INSTANCE_ROOT": str(tmp_path)}
    (tmp_path / "p").mkdir()
    children_record.begin("p", environment)
    children_record.note("p", "x", environment)
    children_record.begin("p", environment)
    assert (tmp_path / "p" / ".slapos-request-transaction-p").read_text() == "x\n"
