"""`slapos node software` and `prune`, on real builds."""


def test_a_release_that_does_not_build_shows_why(node, slapos):
    slapos("node", "format")
    node.release.write_text("[buildout]\nparts = broken\n[broken]\nrecipe = no-such-recipe-anywhere\n")
    slapos("supply", str(node.release), "COMP-1")
    ran = slapos("node", "software", "-q")
    assert ran.status == 1
    assert f"error: {node.release} was not built: " in ran.err
    assert "no-such-recipe-anywhere" in ran.err


def test_a_missing_software_root_is_not_blamed_on_a_release(served, slapos):
    ran = slapos("node", "software", "--software-root", str(served.directory / "nowhere"))
    assert ran.status == 1
    assert "nowhere is no directory" in ran.err
    assert "hint: run `slapos node format`" in ran.err
    assert "building" not in ran.err


def test_shared_parts_are_not_looked_for_where_nothing_is(node, slapos):
    refused = slapos("node", "prune")
    assert refused.status == 255
    assert "shared_part_list is missing" in refused.err
    text = node.configuration.read_text()
    shared = f"shared_part_list = {node.directory}/shared\n[slapformat]"
    node.configuration.write_text(text.replace("[slapformat]", shared))
    mistyped = slapos("node", "prune", "--additional-software-directory", f"{node.directory}/x")
    assert mistyped.status == 1
    assert "there is no such directory" in mistyped.err
