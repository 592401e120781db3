"""A machine or a person that a master gets to know."""

import configparser
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.worlds.command_line import CommandLine
from features.worlds.loopback import free_port

from slap_domain.model.master.records import Bearer, CertificateRecord
from slap_domain.ports.registry import Records
from slap_proxy.storage.opening import opened_storage
from slap_proxy.trust.authority import CertificateAuthority
from slap_proxy.trust.issued import CERTIFICATE_DAYS
from slap_proxy.wall_clock import WallClock


class Registration:
    """A master that asks for certificates, and a machine that has none yet."""

    def __init__(self, shell: CommandLine) -> None:
        self.shell = shell
        self.folder = shell.directory / "etc"
        self.port = free_port()
        self.token = ""

    @property
    def url(self) -> str:
        """Return where the master answers, and gives certificates."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """Return the certificate by which the master is verified."""
        return self.shell.directory / "certificates" / "authority.crt"

    def start_master(self) -> None:
        """Start the master and wait until it listens."""
        folder = self.shell.directory
        (folder / "slapos-proxy.cfg").write_text(
            f"[slapproxy]\nhost = 127.0.0.1\nport = {self.port}\ndatabase_uri = {folder}/proxy.sqlite\n"
            f"trust = tls\ncertificate_directory = {folder}/certificates\n"
        )
        self.shell.serve(folder / "slapos-proxy.cfg")

    def fresh_token(self, kind: str) -> None:
        """Let the operator of the master make a token."""
        proxy = self.shell.directory / "slapos-proxy.cfg"
        self.token = self.shell.run("proxy", "token", kind, "--cfg", proxy).out.strip()
        assert self.token

    def run(self, *words: str, cfg: Path) -> None:
        """Run a command that talks to the master for the first time."""
        urls = ("--master-url", self.url, "--master-url-web", self.url)
        self.shell.run(*words, "--cfg", cfg, *urls, "--master-ca-file", self.authority, "--token", self.token)

    def meant(self, word: str) -> str:
        """Return a word of a scenario with the names in capitals replaced by what they stand for."""
        for name, value in (
            ("MASTER", self.url),
            ("TOKEN", self.token),
            ("AUTHORITY", str(self.authority)),
            ("PORT", str(self.port)),
            ("HERE", str(self.shell.directory)),
        ):
            word = word.replace(name, value)
        return word

    def register(self, name: str, options: str = "") -> None:
        """Register the machine with the token."""
        self.run("node", "register", name, *options.split(), cfg=self.folder / "slapos.cfg")

    def age_certificate(self, guid: str, days: int) -> None:
        """Give the machine a certificate that ends in so many days, in place of the one it has."""
        issuing_time = datetime.now(UTC) - timedelta(days=CERTIFICATE_DAYS - days)
        authority = CertificateAuthority(self.shell.directory / "certificates", WallClock())
        issued = authority.issue(Bearer.COMPUTER, guid, issuing_time)
        record = CertificateRecord(
            serial=issued.serial,
            bearer=Bearer.COMPUTER,
            name=guid,
            issued_at=issued.issued_at,
            expires_at=issued.expires_at,
        )

        def work(records: Records) -> None:
            for former in records.trust.certificates():
                records.trust.revoke(former.serial, 1)
            records.trust.add_certificate(record)

        with opened_storage(str(self.shell.directory / "proxy.sqlite"), print) as storage:
            storage.registry.write(work)
        (self.folder / "ssl" / "key").write_text(issued.key)
        (self.folder / "ssl" / "certificate").write_text(issued.certificate)

    def configuration(self, folder: Path) -> dict[str, str]:
        """Return what the slapos.cfg of a directory says, whatever the section."""
        parser = configparser.ConfigParser()
        parser.read_string((folder / "slapos.cfg").read_text())
        return {key: value for section in parser.sections() for key, value in parser.items(section)}
