"""Steps about the binary cache of a computer."""

import re
import shutil

from features.worlds.command_line import PROFILE_THAT_FAILS
from features.worlds.signer import make_signer
from pytest_bdd import given


def _append(computer, text):
    with computer.configuration.open("a") as file:
        file.write(text)


def _indented(certificate):
    return "\n".join(f"  {line}" for line in certificate.splitlines())


@given("its master also serves the binary cache, and the node signs and believes with one key")
def _(computer):
    folder = computer.shell.directory
    certificate = make_signer(folder / "signer.key")
    urls = "".join(
        f"{use}-binary-{kind}-url = {computer.url}/shacache/{kind}\n"
        for use in ("download", "upload")
        for kind in ("cache", "dir")
    )
    _append(
        computer,
        f"[networkcache]\n{urls}signature-private-key-file = {folder}/signer.key\n"
        f"signature-certificate-list =\n{_indented(certificate)}\n",
    )
    computer.start_master()


@given("the software directory is emptied")
def _(computer):
    shutil.rmtree(computer.release_directory())


@given("the profile of the release does not build any more")
def _(computer):
    computer.release.write_text(PROFILE_THAT_FAILS)


@given("the contents of the cache are changed")
def _(computer):
    [content] = (computer.shell.directory / "cache" / "content").iterdir()
    data = bytearray(content.read_bytes())
    data[len(data) // 2] ^= 1
    content.write_bytes(data)


@given("the node believes in another key")
def _(computer):
    certificate = make_signer(computer.shell.directory / "other.key")
    text = re.sub(
        "  -----BEGIN CERT.*END CERTIFICATE-----",
        lambda _: _indented(certificate),
        computer.configuration.read_text(),
        flags=re.DOTALL,
    )
    computer.configuration.write_text(text)


@given("releases may only come from the cache")
def _(computer):
    _append(computer, f"download-from-binary-cache-force-url-list = {computer.shell.directory}\n")
