"""`slapos node format`, `boot` and `bang`: what concerns the computer as a whole."""


def test_format_without_the_master_ends_with_2(node, slapos):
    text = node.configuration.read_text()
    node.configuration.write_text(text.replace("http://127.0.0.1:", "http://127.0.0.1:9/"))
    ran = slapos("node", "format")
    assert ran.status == 2
    assert "warning: the master does not know it yet" in ran.err
    assert (node.directory / "inst" / "slappart0").is_dir()


def test_a_bang_asks_for_everything_again(served, slapos):
    slapos("node", "instance")
    assert "unchanged" in slapos("node", "instance").err
    ran = slapos("node", "bang", "-m", "why not")
    assert ran.status == 0
    assert ran.err == "every instance of COMP-1 will be processed again\n"
    assert "1 started" in slapos("node", "instance").err
