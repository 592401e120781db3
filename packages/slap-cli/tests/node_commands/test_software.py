"""`slapos node software` and `prune`, on real builds."""

from slap_proxy.server import running_master
from slap_proxy.settings import NetworkCache, default_settings


def test_software_is_built_once(served, slapos):
    again = slapos("node", "software")
    assert again.status == 0
    assert again.err == "releases: 1 unchanged\n"
    forced = slapos("node", "software", "--all")
    assert f"built {served.release}" in forced.err


def test_only_the_release_that_is_named_is_built(served, slapos):
    other = served.directory / "other.cfg"
    other.write_text("[buildout]\nparts =\n")
    slapos("supply", str(other), "COMP-1")
    ran = slapos("node", "software", "--only-sr", str(other))
    assert ran.status == 0
    assert f"built {other}" in ran.err
    assert str(served.release) not in ran.err
    assert "no release that is supplied" in slapos("node", "software", "--only", "0" * 32).err


def test_a_release_that_does_not_build_shows_why(node, slapos):
    slapos("node", "format")
    node.release.write_text("[buildout]\nparts = broken\n[broken]\nrecipe = no-such-recipe-anywhere\n")
    slapos("supply", str(node.release), "COMP-1")
    ran = slapos("node", "software", "-q")
    assert ran.status == 1
    assert f"error: {node.release} was not built: " in ran.err
    assert "no-such-recipe-anywhere" in ran.err


def test_leftover_releases_are_collected(served, slapos):
    stray = served.directory / "soft" / ("a" * 32)
    stray.mkdir()
    (stray / "buildout.cfg").touch()
    assert slapos("node", "software").status == 0
    assert stray.exists()
    ran = slapos("node", "software", "--garbage-collect")
    assert f"removed {'a' * 32}, which nothing needs" in ran.err
    assert not stray.exists()


def test_a_missing_software_root_is_not_blamed_on_a_release(served, slapos):
    ran = slapos("node", "software", "--software-root", str(served.directory / "nowhere"))
    assert ran.status == 1
    assert "nowhere is no directory" in ran.err
    assert "hint: run `slapos node format`" in ran.err
    assert "building" not in ran.err


def test_a_failing_build_opens_the_debugger_when_asked(node, slapos):
    slapos("node", "format")
    node.release.write_text("[buildout]\nparts = broken\n[broken]\nrecipe = no-such-recipe-anywhere\n")
    slapos("supply", str(node.release), "COMP-1")
    ran = slapos("node", "software", "--buildout-debug")
    assert ran.status == 1
    assert "Starting pdb" in ran.err


def test_uploads_are_signed_with_the_key_that_is_named(node, slapos, tmp_path):
    cache = NetworkCache(content=tmp_path / "content", metadata=tmp_path / "metadata")
    settings = default_settings({}).with_options(
        port=0, cache=cache, database_uri=str(tmp_path / "other.sqlite")
    )
    slapos("node", "format")
    slapos("supply", str(node.release), "COMP-1")
    with running_master(settings) as url:
        node.configuration.write_text(
            f"{node.configuration.read_text()}\n[networkcache]\n"
            f"upload-binary-cache-url = {url}/shacache/cache\nupload-binary-dir-url = {url}/shacache/dir\n"
        )
        ran = slapos("node", "software", "--signature_private_key_file", "/no/signature.key")
    assert "signature-private-key-file cannot be used" in ran.err
    assert "/no/signature.key" in ran.err


def test_unused_shared_parts_are_deleted(node, slapos):
    shared = node.directory / "shared"
    used, unused = shared / "part" / ("a" * 32), shared / "part" / ("b" * 32)
    for path in (used, unused):
        path.mkdir(parents=True)
    release = node.directory / "extra" / "release"
    release.mkdir(parents=True)
    (release / ".installed.cfg").write_text(f"x = {used}\n")
    refused = slapos("node", "prune")
    assert refused.status == 255
    assert "shared_part_list is missing" in refused.err
    node.configuration.write_text(
        node.configuration.read_text().replace("[slapformat]", f"shared_part_list = {shared}\n[slapformat]")
    )
    extra = ("--additional-software-directory", str(release.parent))
    mistyped = slapos("node", "prune", "--additional-software-directory", f"{release.parent}x")
    assert mistyped.status == 1
    assert "there is no such directory" in mistyped.err
    assert unused.exists()
    dry = slapos("node", "prune", "--dry-run", *extra)
    assert (dry.status, dry.out, dry.err) == (0, f"{unused}\n", "shared parts: 1 would be deleted\n")
    assert unused.exists()
    assert slapos("node", "prune", *extra).err == "shared parts: 1 deleted\n"
    assert used.exists()
    assert not unused.exists()
