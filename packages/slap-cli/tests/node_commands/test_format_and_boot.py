"""`slapos node format`, `boot` and `bang`: what concerns the computer as a whole."""

import json


def test_format_first_says_what_it_would_do(node, slapos):
    ran = slapos("node", "format", "--dry_run")
    assert ran.status == 0
    assert f"create directory {node.directory}/inst/slappart1 mode 0750" in ran.out
    assert not (node.directory / "inst").exists()


def test_format_writes_the_files_that_are_named(node, slapos):
    xml, document, definition = (node.directory / name for name in ("c.xml", "c.json", "c.def"))
    ran = slapos(
        *("node", "format", "--now", "-c", "-x", str(xml), "--computer_json", str(document)),
        *("-o", str(definition), "--alter_user", "false", "--alter_network", "false"),
    )
    assert ran.status == 0, ran.err
    assert json.loads(document.read_text())["reference"] == "COMP-1"
    assert xml.exists()
    assert definition.exists()
    again = slapos("node", "format", "-x", str(xml), "-i", str(definition))
    assert again.status == 0, again.err
    assert "nothing to change" in slapos("node", "format", "-x", str(xml), "-i", str(definition)).err


def test_format_without_the_master_ends_with_2(node, slapos):
    text = node.configuration.read_text()
    node.configuration.write_text(text.replace("http://127.0.0.1:", "http://127.0.0.1:9/"))
    ran = slapos("node", "format")
    assert ran.status == 2
    assert "warning: the master does not know it yet" in ran.err
    assert (node.directory / "inst" / "slappart0").is_dir()


def test_a_value_that_is_no_truth_names_its_key(node, slapos):
    ran = slapos("node", "format", "--alter_user", "maybe")
    assert ran.status == 1
    assert "alter_user = 'maybe' is neither true nor false" in ran.err


def test_a_bang_asks_for_everything_again(served, slapos):
    slapos("node", "instance")
    assert "unchanged" in slapos("node", "instance").err
    ran = slapos("node", "bang", "-m", "why not")
    assert ran.status == 0
    assert ran.err == "every instance of COMP-1 will be processed again\n"
    assert "1 started" in slapos("node", "instance").err


def test_a_computer_that_boots_is_formatted_and_has_everything_processed(served, slapos):
    slapos("node", "instance")
    ran = slapos("node", "boot", "-m", "ignored")
    assert ran.status == 0
    assert ran.err.endswith("COMP-1 is up; every instance will be processed again\n")
    assert not (served.partition / ".timestamp").exists()
    assert "1 started" in slapos("node", "instance").err
