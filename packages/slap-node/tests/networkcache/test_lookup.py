"""What `cache lookup` and `cache source` print."""

import hashlib
import json
import ssl
from dataclasses import replace

import pytest

from slap_domain.errors import ConfigurationError, InvalidInput, NotFound, TemporarilyUnavailable
from slap_domain.model.binary_cache import OperatingSystem, Platform
from slap_node.networkcache.lookup import CacheLookup, file_lines, release_lines
from slap_node.networkcache.settings import network_cache_settings
from slap_node.networkcache.signatures import SignatureCheck, sign

# The example of the documentation.
URL = "http://git.erp5.org/gitweb/slapos.git/blob_plain/refs/tags/slapos-0.156:/software/kvm/software.cfg"
MD5 = "4410088e11f370503e9d78db4cfa4ec4"
UBUNTU = Platform(
    multiarch="x86_64-linux-gnu", system=OperatingSystem(id="Ubuntu", version="12.04", codename="precise")
)
SYSTEMS = [
    ("debian", "7.0", ""),
    ("Ubuntu", "12.04", "precise"),
    ("CentOS", "6.3", "Final"),
    ("debian", "6.0.6", ""),
    ("Fedora", "17", "Beefy Miracle"),
]


@pytest.fixture
def put(cache, signers):
    def put(key, signer=signers[0], **entry):
        text = json.dumps({"sha512": "a" * 128} | entry)
        cache.entries.setdefault(key, []).append([text, sign(text, str(signer.key_file))])

    return put


@pytest.fixture
def lookup(cache, signers):
    options = cache.options() | {"signature-certificate-list": signers[0].certificate}
    return CacheLookup(network_cache_settings(options))


def test_the_table_of_the_documentation(put, lookup):
    for system in SYSTEMS:
        put(MD5, os=str(system), machine="x86_64")

    lines = release_lines(URL, lookup.release(URL), UBUNTU)

    assert lines == (
        f"Software URL: {URL}",
        f"MD5:          {MD5}",
        "-------------",
        "Available for:",
        "distribution | version | id            | compatible?",
        "-------------+---------+---------------+------------",
        "CentOS       | 6.3     | Final         | no",
        "Fedora       | 17      | Beefy Miracle | no",
        "Ubuntu       | 12.04   | precise       | yes",
        "debian       | 6.0.6   |               | no",
        "debian       | 7.0     |               | no",
    )
    assert release_lines(MD5, lookup.release(MD5), UBUNTU) == lines[1:]


def test_entries_of_others_are_told_apart(put, lookup, signers):
    put(MD5, os=["debian", "12", "bookworm"], multiarch="x86_64-linux-gnu")
    put(MD5, signer=signers[1], os=["debian", "11", "bullseye"], multiarch="x86_64-linux-gnu")
    lines = release_lines(MD5, lookup.release(MD5), UBUNTU)
    assert lines[-1] == "(1 more entry is not signed by anyone in signature-certificate-list)"
    assert not any("bullseye" in line for line in lines)
    put(MD5, signer=signers[2], os=["debian", "10", "buster"])
    assert release_lines(MD5, lookup.release(MD5), UBUNTU)[-1].startswith("(2 more entries are")


def test_a_downloaded_file(put, lookup):
    url = "https://example.com/a.tar.gz"
    put("file-urlmd5:c9ed3bf6d4ad8ea6b6bb6f2fd3cd51a9", url=url)
    with pytest.raises(NotFound):
        lookup.file("https://example.com/b.tar.gz")
    key = lookup_key(url)
    put(key, url=url)
    lines = file_lines("URL", url, lookup.file(url))
    assert lines[:2] == (f"URL:          {url}", f"MD5:          {key.partition(':')[2]}")
    assert lines[-1] == "a" * 128 + f" | {url}"


def lookup_key(url):
    return "file-urlmd5:" + hashlib.md5(url.encode()).hexdigest()


def test_a_package(put, lookup):
    put("pypi:six=1.16.0")
    lines = file_lines("Package", "six 1.16.0", lookup.package("six", "1.16.0"))
    assert lines[1] == "Key:          six=1.16.0"


def test_a_build_for_another_place_is_of_the_right_system(put, lookup):
    here = {"os": ["Ubuntu", "12.04", "precise"], "multiarch": "x86_64-linux-gnu"}
    put(MD5, **here, software_root="/home/alice")
    lines = release_lines(MD5, lookup.release(MD5), replace(UBUNTU, software_root="/opt/slapgrid"))
    assert lines[-2].split() == ["Ubuntu", "|", "12.04", "|", "precise", "|", "yes"]
    assert lines[-1] == "(the build for software_root /home/alice is not used by this machine)"


def test_what_an_entry_says_cannot_command_the_terminal(put, lookup):
    put(MD5, os=["debian\x1b[2J", "12\nforged | yes", "\u202e"])
    lines = release_lines(MD5, lookup.release(MD5), UBUNTU)
    assert lines[-1] == "debian\\x1b[2J | 12\\nforged | yes | \\u202e | no"


def test_without_certificates_entries_are_listed_as_untrusted(put, cache):
    put(MD5, os=["Ubuntu", "12.04", "precise"], multiarch="x86_64-linux-gnu")
    put("file-urlmd5:" + hashlib.md5(b"http://x/").hexdigest(), url="http://x/")
    lookup = CacheLookup(network_cache_settings(cache.options()))
    lines = release_lines(MD5, lookup.release(MD5), UBUNTU)
    assert lines[-2].endswith("| yes (untrusted)")
    assert lines[-1] == "(1 entry is not signed by anyone in signature-certificate-list)"
    assert file_lines("URL", "http://x/", lookup.file("http://x/"))[-2].endswith("| http://x/ (untrusted)")


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_url_is_refused(lookup, text):
    for ask in (lookup.release, lookup.file):
        with pytest.raises(InvalidInput, match="is empty"):
            ask(text)


def test_nothing_and_nonsense(cache, lookup):
    with pytest.raises(NotFound, match="not in the cache") as failure:
        lookup.release(URL)
    assert "no such thing" not in str(failure.value)
    cache.entries[MD5] = [
        ["{}", ""],
        ["[", ""],
        ["[]", ""],
        [7, 8],
        "x",
        [json.dumps({"sha512": "short"}), ""],
    ]
    with pytest.raises(NotFound, match="the cache has nothing under"):
        lookup.release(URL)
    cache.entries[MD5] = b"["
    with pytest.raises(InvalidInput, match="is no JSON"):
        lookup.release(URL)


@pytest.mark.parametrize(("value", "complaint"), [("", "not set"), ("ftp://x/", "no HTTP URL")])
def test_a_cache_that_is_not_configured_is_told(value, complaint):
    settings = network_cache_settings({"download-binary-dir-url": value})
    with pytest.raises(ConfigurationError, match=f"download-binary-dir-url is {complaint}"):
        CacheLookup(settings).release(URL)


def test_a_malformed_certificate_is_told():
    text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    settings = network_cache_settings({"signature-certificate-list": text})
    with pytest.raises(ConfigurationError, match="signature-certificate-list"):
        CacheLookup(settings)


def test_a_certificate_list_is_read_as_configuration_files_hold_it(signers):
    text = "\n\n".join("\n".join(f"  {line}" for line in each.certificate.splitlines()) for each in signers)
    settings = network_cache_settings({"signature-certificate-list": text.replace("  ", "")})
    assert len(settings.certificates) == 3
    check = SignatureCheck(settings.certificates)
    assert all(check.trusts("text", sign("text", str(signer.key_file))) for signer in signers)
    assert not check.trusts("text", "")
    assert not check.trusts("text", "A")


def test_a_cache_whose_authority_is_unknown_is_told_how_to_make_it_known(cache, lookup, signers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = signers[0].key_file.with_suffix(".pem")
    chain.write_text(signers[0].key_file.read_text() + signers[0].certificate)
    context.load_cert_chain(chain)
    cache.socket = context.wrap_socket(cache.socket, server_side=True)
    url = cache.url.replace("http:", "https:")
    with pytest.raises(TemporarilyUnavailable, match="certificate verify failed") as caught:
        CacheLookup(network_cache_settings({"download-binary-dir-url": f"{url}/dir"})).release(URL)
    assert "--master-ca-file" in caught.value.hint
