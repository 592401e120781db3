"""Section [networkcache] of a node's configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slap_domain.model.configuration import Section
from slap_node.outbound import NO_TLS_FILES, TlsFiles

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCacheSettings:
    """Where caches are, and whom to believe.

    Attributes:
        source_cache, source_dir: URLs where downloads of builds are found; empty: none.
        binary_cache, binary_dir: URLs where built releases are found; empty: none.
        upload_cache, upload_dir: URLs to which built releases are sent; empty: none.
        private_key_file: signs what is sent; empty: nothing is sent.
        digest: what signatures are made with.
        certificates: PEM certificates; an entry counts when one of them verifies its signature.
        refused: URLs that begin so are never fetched from the cache.
        kept_back: URLs that begin so are never sent to it.
        demanded: URLs that begin so are never built here.
    """

    source_cache: str = ""
    source_dir: str = ""
    binary_cache: str = ""
    binary_dir: str = ""
    upload_cache: str = ""
    upload_dir: str = ""
    private_key_file: str = ""
    digest: str = "sha256"
    certificates: tuple[str, ...] = ()
    content_tls: TlsFiles = NO_TLS_FILES
    entry_tls: TlsFiles = NO_TLS_FILES
    refused: tuple[str, ...] = ()
    kept_back: tuple[str, ...] = ()
    demanded: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Tell whether anything is fetched from, or sent to, a cache of built releases."""
        return bool(self.binary_cache or self.upload_cache or self.demanded)


def network_cache_settings(values: Mapping[str, str], source: str = "") -> NetworkCacheSettings:
    """Read the settings.

    Args:
        values: the section as written.
        source: the file, for messages.

    Raises:
        ConfigurationError: signatures cannot be made with what it says.
    """
    section = Section(source=source, name="networkcache", values=values)
    old = section.lines("binary-cache-url-blacklist")
    return NetworkCacheSettings(
        source_cache=section.text("download-cache-url", ""),
        source_dir=section.text("download-dir-url", ""),
        binary_cache=section.text("download-binary-cache-url", ""),
        binary_dir=section.text("download-binary-dir-url", ""),
        upload_cache=section.text("upload-binary-cache-url", ""),
        upload_dir=section.text("upload-binary-dir-url", ""),
        private_key_file=section.text("signature-private-key-file", ""),
        digest=_digest(section),
        certificates=tuple(_CERTIFICATE.findall(section.text("signature-certificate-list", ""))),
        content_tls=_tls(section, "shacache"),
        entry_tls=_tls(section, "shadir"),
        refused=section.lines("download-from-binary-cache-url-blacklist") or old,
        kept_back=section.lines("upload-to-binary-cache-url-blacklist"),
        demanded=section.lines("download-from-binary-cache-force-url-list"),
    )


def _digest(section: Section) -> str:
    digest = section.text("signature-digest", "sha256").lower()
    if digest not in {"sha256", "sha1"}:
        raise section.wrong(
            "signature-digest",
            "is neither sha256 nor sha1",
            hint="write sha1 where existing nodes shall believe it",
        )
    return digest


def _tls(section: Section, server: str) -> TlsFiles:
    return TlsFiles(
        authority=section.text(f"{server}-ca-file", ""),
        certificate=section.text(f"{server}-cert-file", ""),
        key=section.text(f"{server}-key-file", ""),
    )
