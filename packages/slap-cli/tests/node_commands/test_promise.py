"""`slapos node promise`, and the promises that `slapos node instance` asks."""

from slap_domain.model.references import software_url
from slap_domain.model.software_release import release_directory_name


def test_a_promise_that_fails_ends_with_2_and_is_shown(served, slapos):
    served.add_promise("holds", "#!/bin/sh\necho fine\n")
    served.add_promise("fails", "#!/bin/sh\necho the disk is full\nexit 1\n")
    ran = slapos("node", "instance")
    assert ran.status == 2
    assert "the disk is full" in ran.err
    ran = slapos("node", "promise")
    assert ran.status == 2
    assert [line.split()[:3] for line in ran.out.splitlines()[1:]] == [
        ["slappart0", "fails", "FAILED"],
        ["slappart0", "holds", "ok"],
    ]
    (served.partition / "etc" / "promise" / "fails").unlink()
    assert slapos("node", "promise", "--only-cp", "slappart0").status == 0


def test_promises_have_as_long_as_is_said(served, slapos):
    served.add_promise("slow", "#!/bin/sh\nsleep 30\n")
    assert slapos("node", "instance", "--promise-timeout", "1").status == 2
    ran = slapos("node", "promise", "--promise-timeout", "1")
    assert ran.status == 2
    assert "timed out after 1" in ran.out


def test_promises_run_by_the_python_of_the_release_below_the_software_root(served, slapos):
    plugin = served.partition / "etc" / "plugin" / "asked.py"
    slapos("node", "instance")
    plugin.parent.mkdir(parents=True, exist_ok=True)
    plugin.write_text("nothing")
    elsewhere = served.directory / "elsewhere"
    buildout = elsewhere / release_directory_name(software_url(str(served.release))) / "bin" / "buildout"
    buildout.parent.mkdir(parents=True)
    buildout.write_text("#!/no/python\n")
    ran = slapos("node", "promise", "--software-root", str(elsewhere))
    assert ran.status == 2
    assert "/no/python" in ran.out + ran.err
    assert "/no/python" not in slapos("node", "promise").err
