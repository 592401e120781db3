"""Someone who runs a service with `slapos standalone`."""

from features.worlds.command_line import CommandLine


class Standalone:
    """What a scenario runs, and where."""

    def __init__(self, shell: CommandLine) -> None:
        self.shell = shell
        self.release = ""
        self.directory = shell.directory / "system"
        self.foreground = None
        self.last_url = ""

    def run(self, *words: str) -> None:
        """Run the release, to the end of the command."""
        self.shell.run("standalone", "run", self.release, "--directory", self.directory, *words)

    def run_in_foreground(self) -> None:
        """Run the release, and leave the command running."""
        self.foreground = self.shell.start("standalone", "run", self.release, "--directory", self.directory)

    def command(self, word: str) -> None:
        """Run another standalone command."""
        self.shell.run("standalone", word, "--directory", self.directory)
