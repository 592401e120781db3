"""Built releases through a cache: sent, fetched, and refused when the cache lies."""

import base64
import json
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from slap_domain.errors import ConfigurationError
from slap_domain.model.partition import Account
from slap_domain.model.software_release import release_directory_name
from slap_node.networkcache.release_cache import CachePlace
from slap_node.networkcache.settings import network_cache_settings
from slap_node.networkcache.signatures import sign
from slap_node.networkcache.staging import NAME as NAME_OF_STAGING

URL = "https://example.com/software/web/software.cfg"
NAME = release_directory_name(URL)
PYTHON = "/usr/bin/python3"


def test_what_was_built_is_fetched_instead_of_built(machine):
    machine.publish()

    assert machine.cache.fetch(URL)
    program = machine.release / "bin" / "server"
    assert program.read_text() == "#!/bin/sh\necho served\n"
    assert stat.S_IMODE(program.stat().st_mode) == 0o750
    assert (machine.release / "bin" / "python").readlink() == Path(PYTHON)
    assert (machine.release / "bin" / "start").resolve() == program
    assert (machine.release / "lib").resolve() == machine.release / "bin"
    assert (machine.release / "again").stat().st_ino == program.stat().st_ino
    assert machine.leftovers() == []


def test_secrets_and_marks_stay_on_the_machine(machine):
    machine.publish()
    machine.cache.fetch(URL)
    left = {str(path.relative_to(machine.release)) for path in machine.release.rglob("*")}
    assert not {".netrc", ".completed", ".python/pip.conf"} & left
    assert ".python" in left


def test_the_entry_says_what_the_build_depends_on(machine, cache):
    machine.publish()
    [[text, signature]] = cache.entries[NAME]
    entry = json.loads(text)
    assert entry["software_url"] == URL
    assert entry["software_root"] == str(machine.root)
    assert entry["sha512"] in cache.contents
    assert len(entry["os"]) == 3
    assert entry["multiarch"]
    assert signature


def test_nobody_has_it(machine, cache, caplog):
    caplog.set_level("INFO")
    assert not machine.cache.fetch(URL)
    assert "does not have" in caplog.text


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        (lambda content: content[:-1] + b"!", "something else than its SHA-512"),
        (lambda content: b"", "something else than its SHA-512"),
        (lambda content: content + b"more", "something else than its SHA-512"),
    ],
)
def test_a_cache_that_lies_is_not_believed(machine, cache, caplog, lie, complaint):
    machine.publish()
    cache.lie = lie
    assert not machine.cache.fetch(URL)
    assert complaint in caplog.text
    assert machine.leftovers() == []
    assert not machine.release.exists()


def test_a_content_without_end_is_refused(machine, cache, caplog, monkeypatch):
    machine.publish()
    monkeypatch.setattr("slap_node.networkcache.release_cache._ARCHIVE_LIMIT", 20)
    assert not machine.cache.fetch(URL)
    assert "sends more than 20 bytes" in caplog.text
    assert machine.leftovers() == []


def test_a_content_may_take_half_of_what_is_free(machine, caplog, monkeypatch):
    machine.publish()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=41))
    assert not machine.cache.fetch(URL)
    assert "sends more than 20 bytes" in caplog.text


def test_an_archive_that_unpacks_without_end_is_refused(machine, caplog, monkeypatch):
    machine.publish()
    monkeypatch.setattr("slap_node.networkcache.release_cache._UNPACKED_LIMIT", 10)
    assert not machine.cache.fetch(URL)
    assert "unpacks to more than 10 bytes" in caplog.text
    assert machine.leftovers() == []


def test_a_signature_of_somebody_else_is_not_believed(
    machine, cache, signers, tmp_path, caplog, another_machine
):
    caplog.set_level("INFO")
    (tmp_path / "other").mkdir()
    another_machine(tmp_path / "other", cache, signers[1]).publish()
    assert not machine.cache.fetch(URL)
    assert "no signed build" in caplog.text
    assert not any("/cache/" in path for verb, path, _ in cache.requests if verb == "GET")


def test_a_changed_entry_is_not_believed(machine, cache):
    machine.publish()
    [[text, signature]] = cache.entries[NAME]
    cache.entries[NAME] = [[text.replace("example.com", "example.org"), signature], [text, ""], [text, "?"]]
    assert not machine.cache.fetch(URL)


def test_several_signers_may_be_believed(machine, cache, signers, tmp_path, another_machine):
    elliptic = another_machine(machine.root, cache, signers[2])
    elliptic.publish()
    both = "\n".join(signer.certificate for signer in signers)
    assert another_machine(
        machine.root, cache, signers[0], **{"signature-certificate-list": both}
    ).cache.fetch(URL)


def test_an_old_signature_is_believed(machine, cache, signers):
    machine.publish()
    [[text, _]] = cache.entries[NAME]
    old = signers[0].key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())
    cache.entries[NAME] = [[text, base64.b64encode(old).decode()]]
    assert machine.cache.fetch(URL)


def test_a_node_may_sign_for_existing_nodes(machine, cache, signers, another_machine):
    for_them = another_machine(machine.root, cache, signers[0], **{"signature-digest": "sha1"})
    for_them.publish()
    [[text, signature]] = cache.entries[NAME]
    public = signers[0].key.public_key()
    public.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA1())
    with pytest.raises(ConfigurationError, match="neither sha256 nor sha1"):
        network_cache_settings({"signature-digest": "md5"})


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        (lambda entry: entry["os"].__setitem__(0, entry["os"][0].upper()), True),
        (lambda entry: entry["os"].__setitem__(1, "1.2"), False),
        (lambda entry: entry.update(multiarch="armv7"), False),
        (lambda entry: entry.update(software_root="/elsewhere"), False),
        (lambda entry: entry.update(os=str(tuple(entry["os"]))), True),
        (lambda entry: entry.update(os="no tuple"), False),
        (lambda entry: entry.pop("os"), False),
    ],
)
def test_only_builds_for_this_machine_are_used(machine, cache, signers, change, usable):
    machine.publish()
    [[text, _]] = cache.entries[NAME]
    entry = json.loads(text)
    change(entry)
    text = json.dumps(entry)
    cache.entries[NAME] = [[text, sign(text, str(signers[0].key_file))]]
    assert machine.cache.fetch(URL) is usable


def test_a_broken_connection_is_taken_up_again(machine, cache):
    machine.publish()
    [content] = cache.contents.values()
    cache.break_after = [10, 5, 20]
    assert machine.cache.fetch(URL)
    ranges = [headers.get("Range") for verb, path, headers in cache.requests if path.startswith("/cache/")]
    assert ranges == [None, "bytes=10-", "bytes=15-", "bytes=35-"]
    assert machine.waits == [0.5, 1.0, 2.0]
    assert len(content) > 35


def test_a_server_without_ranges_starts_again(machine, cache):
    machine.publish()
    cache.break_after, cache.ranges = [10], False
    assert machine.cache.fetch(URL)


def test_a_connection_that_always_breaks_is_given_up_and_resumed_by_the_next_run(machine, cache, caplog):
    machine.publish()
    cache.break_after = [10, 10, 10, 10]
    assert not machine.cache.fetch(URL)
    assert "breaks off" in caplog.text
    [part] = machine.leftovers()
    assert (machine.staging() / part).stat().st_size == 40
    assert machine.cache.fetch(URL)
    assert cache.requests[-1][2]["Range"] == "bytes=40-"
    assert machine.leftovers() == []


def test_what_is_whole_already_is_not_asked_for_again(machine, cache):
    machine.publish()
    [(sha512, content)] = cache.contents.items()
    (machine.staging() / f"{sha512[:64]}.part").write_bytes(content)
    assert machine.cache.fetch(URL)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_cache_out_of_order_means_building(machine, cache, caplog, status):
    cache.status = status
    assert not machine.cache.fetch(URL)
    assert f"answers {status}: out of order" in caplog.text


def test_an_answer_that_makes_no_sense_means_building(machine, cache, caplog):
    for nonsense in (b"<html>", b"{}", b"7"):
        cache.entries[NAME] = nonsense
        assert not machine.cache.fetch(URL)
    assert "is no JSON" in caplog.text
    assert "is no list of entries" in caplog.text


def test_no_cache_means_building(tmp_path, cache, signers, caplog, another_machine):
    (tmp_path / "soft" / NAME_OF_STAGING).mkdir(parents=True, mode=0o700)
    options = {"download-binary-cache-url": "", "download-binary-dir-url": ""}
    assert not another_machine(tmp_path / "soft", cache, signers[0], **options).cache.fetch(URL)
    cache.shutdown()
    cache.server_close()
    assert not another_machine(tmp_path / "soft", cache, signers[0]).cache.fetch(URL)
    assert "cannot be reached" in caplog.text


def test_the_lists_decide_what_is_fetched_sent_and_demanded(machine, cache, signers, caplog, another_machine):
    machine.publish()
    prefix = "https://example.com/"
    refusing = another_machine(
        machine.root, cache, signers[0], **{"download-from-binary-cache-url-blacklist": f"\n{prefix}\n"}
    )
    assert not refusing.cache.fetch(URL)
    old = another_machine(machine.root, cache, signers[0], **{"binary-cache-url-blacklist": f"\n{prefix}"})
    assert not old.cache.fetch(URL)
    assert not old.cache.demands(URL)
    cache.entries.clear()
    secret = another_machine(
        machine.root, cache, signers[0], **{"upload-to-binary-cache-url-blacklist": prefix}
    )
    secret.publish()
    assert cache.entries == {}
    forced = another_machine(
        machine.root, cache, signers[0], **{"download-from-binary-cache-force-url-list": prefix}
    )
    assert forced.cache.demands(URL)
    cache.status = 500
    assert not forced.cache.fetch(URL)
    assert "cannot be had, because the cache is of no use" in caplog.text
    assert not forced.cache.demands("http://example.com/")


def test_without_a_key_nothing_is_sent(machine, cache, signers, another_machine):
    another_machine(machine.root, cache, signers[0], **{"signature-private-key-file": ""}).publish()
    assert cache.requests == []


def test_a_key_that_cannot_be_used_is_told(machine, cache, signers, tmp_path, caplog, another_machine):
    (tmp_path / "bad.key").write_text("no key")
    bad = another_machine(
        machine.root, cache, signers[0], **{"signature-private-key-file": str(tmp_path / "bad.key")}
    )
    bad.publish()
    assert "signature-private-key-file cannot be used" in caplog.text
    assert cache.entries == {}


def test_an_upload_is_tried_three_times(machine, cache, caplog):
    cache.status = 503
    machine.publish()
    assert machine.waits == [7, 7]
    assert caplog.text.count("could not be sent to the cache") == 3


def test_a_cache_that_kept_something_else_is_told(machine, cache, caplog):
    cache.lie = lambda content: b"0" * 128
    machine.publish()
    assert "kept something else" in caplog.text
    assert cache.entries == {}
    assert machine.waits == []


def test_a_release_with_a_link_out_is_not_sent(machine, cache, caplog):
    machine.build()
    (machine.release / "out").symlink_to("/etc/passwd")
    machine.cache.offer(URL)
    assert "links out of the release" in caplog.text
    assert cache.contents == {}


@pytest.mark.parametrize("signature", ["é☃", "no base64", ""])
def test_a_signature_that_makes_no_sense_does_not_hide_a_good_one(machine, cache, signature):
    machine.publish()
    cache.entries[NAME].insert(0, [cache.entries[NAME][0][0], signature])
    assert machine.cache.fetch(URL)


def test_remains_of_a_run_that_was_killed_are_removed(machine):
    machine.publish()
    (machine.staging() / f"{NAME}.abcdef" / "half").mkdir(parents=True)
    assert machine.cache.fetch(URL)
    assert machine.leftovers() == []


def test_files_become_the_owners(machine, cache, signers):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    machine.publish()
    account = Account(name="nobody", uid=65534, gid=65534, home=PurePosixPath("/"))
    machine.cache._place = CachePlace(
        software_root=PurePosixPath(machine.root),
        owner_of=lambda path: account,
        links_allowed=frozenset({PYTHON}),
    )
    assert machine.cache.fetch(URL)
    assert {path.lstat().st_uid for path in [machine.release, *machine.release.rglob("*")]} == {65534}


def test_what_the_owner_of_the_software_root_plants_is_not_written_through(machine, tmp_path, caplog):
    machine.publish()
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    shutil.rmtree(machine.staging())
    machine.staging().symlink_to(outside)
    assert not machine.cache.fetch(URL)
    assert "cannot use" in caplog.text
    machine.staging().unlink()
    machine.staging().mkdir(mode=0o777)
    machine.staging().chmod(0o777)
    assert not machine.cache.fetch(URL)
    assert "is not the node's alone" in caplog.text
    assert list(outside.iterdir()) == list(machine.staging().iterdir()) == []


def test_a_staging_directory_that_is_exchanged_while_it_is_used_changes_nothing(machine, cache, tmp_path):
    machine.publish()
    outside = tmp_path / "outside"
    outside.mkdir()

    def exchange(_):
        machine.staging().rename(tmp_path / "moved")
        machine.staging().symlink_to(outside)

    machine.cache._contents = replace(machine.cache._contents, wait=exchange)
    cache.break_after = [10]
    assert machine.cache.fetch(URL)
    assert list(outside.iterdir()) == list((tmp_path / "moved").iterdir()) == []
    assert (machine.release / "bin" / "server").exists()
