"""`slapos node promise`, and the promises that `slapos node instance` asks."""


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


def test_the_table_is_neither_steered_nor_filled_by_a_promise(served, slapos):
    served.add_promise("draws", "#!/bin/sh\nprintf '\\033[2J\\033[31mall is well'\nexit 1\n")
    served.add_promise("talks", "#!/bin/sh\nprintf '%05000d\\n' 7\nexit 1\n")
    ran = slapos("node", "instance")
    assert "\x1b" not in ran.err
    ran = slapos("node", "promise", "-v")
    _, draws, talks = ran.out.splitlines()
    assert draws.endswith("  \\x1b[2J\\x1b[31mall is well")
    assert talks.endswith("0000…")
    assert len(talks) < 300
    assert f"talks: {'7'.zfill(5000)}" in ran.err
