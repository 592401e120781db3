"""Archives of built releases: what would leave the release, or makes no sense, is refused."""

import hashlib
import io
import stat
import tarfile

import pytest

from slap_domain.model.binary_cache import entry_text
from slap_domain.model.software_release import release_directory_name
from slap_node.networkcache.platforms import this_platform
from slap_node.networkcache.signatures import sign

URL = "https://example.com/software/web/software.cfg"
NAME = release_directory_name(URL)
PYTHON = "/usr/bin/python3"


def member(name, **values):
    info = tarfile.TarInfo(name)
    for key, value in values.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/cron.d/x"),
        member(f"{NAME}/../../x"),
        member("other/x"),
        member(f"{NAME}/x", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member(f"{NAME}/x", type=tarfile.SYMTYPE, linkname="../../outside"),
        member(f"{NAME}/x", type=tarfile.SYMTYPE, linkname=".."),
        member(f"{NAME}/x", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        member(f"{NAME}/x", type=tarfile.LNKTYPE, linkname=f"{NAME}/../../x"),
        member(f"{NAME}/x", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        member(f"{NAME}/x", type=tarfile.BLKTYPE),
        member(f"{NAME}/x", type=tarfile.FIFOTYPE),
    ],
    ids=lambda bad: f"{bad.type!r} {bad.name[-12:]} {bad.linkname}",
)
def test_a_member_that_would_leave_the_release_is_refused(machine, cache, signers, tmp_path, caplog, bad):
    self_made(machine, cache, signers, [member(f"{NAME}/good"), bad])
    before = sorted(tmp_path.rglob("*"))
    assert not machine.cache.fetch(URL)
    assert "archive member" in caplog.text
    assert sorted(tmp_path.rglob("*")) == before


def self_made(machine, cache, signers, members, raw=None):
    """Publish an archive made by hand, with a good signature."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for info in members:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    content = buffer.getvalue() if raw is None else raw
    sha512 = hashlib.sha512(content).hexdigest()
    cache.contents[sha512] = content
    text = entry_text(sha512=sha512, url=URL, platform=this_platform(machine.root))
    cache.entries[NAME] = [[text, sign(text, str(signers[0].key_file))]]


def test_a_member_below_a_link_is_not_written_through_it(machine, cache, signers, tmp_path, caplog):
    members = [
        member(NAME, type=tarfile.DIRTYPE, mode=0o755),
        member(f"{NAME}/d", type=tarfile.SYMTYPE, linkname=PYTHON),
        member(f"{NAME}/d/e", type=tarfile.SYMTYPE, linkname="x"),
    ]
    self_made(machine, cache, signers, members)
    assert not machine.cache.fetch(URL)
    assert machine.leftovers() == []
    assert caplog.text


def symlink(name, target):
    return member(f"{NAME}/{name}", type=tarfile.SYMTYPE, linkname=target)


@pytest.mark.parametrize(
    ("links", "complaint"),
    [
        ([symlink("1/2/3/4/b", "../../../.."), symlink("c", "1/2/3/4/b/../../secret")], "links out"),
        (
            [
                symlink("1/2/3/4/b", "../../../.."),
                symlink("c", "1/2/3/4/b/../../secret"),
                member(f"{NAME}/d", type=tarfile.LNKTYPE, linkname=f"{NAME}/c"),
            ],
            "hard link to no file",
        ),
        ([symlink("python", PYTHON), symlink("c", "python/../../../etc/passwd")], "links out"),
        ([symlink("a", "b"), symlink("b", "a")], "without an end"),
    ],
)
def test_a_link_that_leaves_through_another_is_refused(machine, cache, signers, caplog, links, complaint):
    self_made(machine, cache, signers, [member(f"{NAME}/good"), *links])
    assert not machine.cache.fetch(URL)
    assert complaint in caplog.text
    assert not machine.release.exists()
    assert machine.leftovers() == []


def test_an_absolute_link_into_the_release_is_followed_inside_of_it(machine, cache, signers):
    links = [symlink("lib64", "lib"), symlink("all", str(machine.release)), symlink("x", "all/lib64/../good")]
    self_made(machine, cache, signers, [member(f"{NAME}/good", size=3), member(f"{NAME}/lib/y"), *links])
    assert machine.cache.fetch(URL)
    assert (machine.release / "x").read_bytes() == b"xxx"


def test_an_absolute_link_that_goes_around_is_refused(machine, cache, signers, caplog):
    around = f"{machine.root}/elsewhere/../{NAME}/good"
    self_made(machine, cache, signers, [member(f"{NAME}/good"), symlink("x", around)])
    assert not machine.cache.fetch(URL)
    assert "links out of the release" in caplog.text


@pytest.mark.parametrize("members", [[], [member(NAME, type=tarfile.DIRTYPE, mode=0o755)]])
def test_an_empty_archive_is_refused(machine, cache, signers, caplog, members):
    self_made(machine, cache, signers, members)
    assert not machine.cache.fetch(URL)
    assert "is empty" in caplog.text
    assert not machine.release.exists()


def test_an_entry_that_lies_does_not_hide_a_good_one(machine, cache, signers):
    machine.publish()
    good = cache.entries[NAME]
    self_made(machine, cache, signers, [], raw=b"no archive")
    damaged = cache.entries[NAME]
    gone = entry_text(sha512="0" * 128, url=URL, platform=this_platform(machine.root))
    cache.entries[NAME] = [[gone, sign(gone, str(signers[0].key_file))], *damaged, *good]

    assert machine.cache.fetch(URL)
    assert (machine.release / "bin" / "server").exists()


def test_entries_that_all_lie_are_all_told(machine, cache, signers, caplog):
    self_made(machine, cache, signers, [], raw=b"no archive")
    damaged = cache.entries[NAME]
    self_made(machine, cache, signers, [])
    cache.entries[NAME] += damaged
    assert not machine.cache.fetch(URL)
    assert "is empty; " in caplog.text
    assert "is damaged" in caplog.text
    assert machine.leftovers() == []


def test_set_user_id_bits_are_dropped(machine, cache, signers):
    self_made(machine, cache, signers, [member(f"{NAME}/program", mode=0o6755, size=3)])
    assert machine.cache.fetch(URL)
    assert stat.S_IMODE((machine.release / "program").stat().st_mode) == 0o755


@pytest.mark.parametrize("raw", [b"", b"no archive", b"\x1f\x8b\x08\x00broken"])
def test_what_is_no_archive_is_told(machine, cache, signers, caplog, raw):
    self_made(machine, cache, signers, [], raw=raw)
    assert not machine.cache.fetch(URL)
    assert "is damaged" in caplog.text
    assert machine.leftovers() == []
