"""The console in the shells that people install beside it: the real ones, in a terminal of their own."""

import os
import pty
import select
import subprocess
import sys
import termios
import time

import pytest

from slap_proxy.server import running_master
from slap_proxy.settings import default_settings

pytestmark = pytest.mark.index
_PATIENCE = 60.0


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Give an interpreter that has this one's packages, and both shells."""
    folder = tmp_path_factory.mktemp("shells")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (there,) = (folder / "lib").glob("python*/site-packages")
    # What is installed in editable mode is found by the paths that lie there.
    (there / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "ipython", "bpython"]
    subprocess.run(install, check=True, timeout=400)
    return folder / "bin" / "python"


@pytest.fixture
def configuration(tmp_path):
    settings = default_settings({}).with_options(port=0, database_uri=str(tmp_path / "proxy.sqlite"))
    with running_master(settings) as url:
        path = tmp_path / "client.cfg"
        path.write_text(
            f"[slapos]\nmaster_url = {url}\n[slapconsole]\nalias =\n  kvm http://k/software.cfg\n"
        )
        yield path


class Typed:
    """A program in a terminal, and somebody who types into it and reads."""

    def __init__(self, *words, home):
        environment = {**os.environ, "HOME": str(home), "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        self.terminal, inside = pty.openpty()
        self.seen = ""
        termios.tcsetwinsize(inside, (40, 120))
        self.program = subprocess.Popen(
            words, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True
        )
        os.close(inside)

    def reads(self, text):
        """Wait until a text is shown."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} is not shown in {self.seen[-2000:]!r}"
            try:
                shown = os.read(self.terminal, 65536).decode("utf-8", "replace")
            except OSError:
                pytest.fail(f"it ended, having shown {self.seen[-2000:]!r}")
            self.seen += shown
            if "\x1b[6n" in shown:  # it asks where the cursor is
                os.write(self.terminal, b"\x1b[1;1R")

    def types(self, text):
        """Type a line."""
        self.seen = ""
        os.write(self.terminal, f"{text}\r".encode())

    def close(self):
        """End it."""
        self.program.kill()
        self.program.wait()
        os.close(self.terminal)


@pytest.mark.parametrize(("option", "prompt"), [("-i", "In ["), ("--ipython", "In ["), ("-b", ">>> ")])
def test_the_shell_has_the_master_at_hand(python, configuration, tmp_path, option, prompt):
    program = "import sys; from slap_cli.main import main; sys.exit(main())"
    typed = Typed(python, "-c", program, "console", option, "--cfg", configuration, home=tmp_path)
    try:
        typed.reads("Aliases: kvm.")
        typed.reads(prompt)
        typed.types("print('the', 'alias is', kvm, len(slap.getOpenOrderDict()))")
        typed.reads("the alias is http://k/software.cfg 0")
    finally:
        typed.close()
