"""Steps about the console in the shells that people install beside it: the real ones."""

import subprocess
import sys

import pytest
from features.worlds.terminal import Typed
from pytest_bdd import given, parsers, then, when


@pytest.fixture(scope="session")
def python_with_shells(tmp_path_factory):
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


@given("IPython and bpython are installed", target_fixture="python")
def _(python_with_shells):
    return python_with_shells


@when(parsers.parse("the tenant opens: {words}"), target_fixture="typed")
def _(computer, python, request, words):
    program = "import sys; from slap_cli.main import main; sys.exit(main())"
    configuration = computer.shell.directory / "slapos-client.cfg"
    environment = {**computer.shell.surroundings(), "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    words = [*words.split(), "--cfg", configuration]
    typed = Typed(python, "-c", program, *words, environment=environment)
    request.addfinalizer(typed.close)
    return typed


@then(parsers.parse("the prompt {prompt} is shown, and what is typed knows the aliases and the master"))
def _(typed, prompt):
    typed.reads("Aliases: hello.")
    typed.reads(prompt)
    typed.types("print('alias', hello[-12:], len(slap.getOpenOrderDict()))")
    typed.reads("alias software.cfg 0")
