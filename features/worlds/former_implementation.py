"""The existing client of the 1.6 series, pip-installed in an environment of its own, run as a black box."""

import subprocess
import sys
from pathlib import Path

# Its HTTP cache needs filelock, which it does not declare.
PACKAGES = ("slapos.core==1.6.10", "filelock", "setuptools<81")
_BUILD_SECONDS = 400


def install_former_implementation(into: Path) -> Path:
    """Install it below a folder and return the environment."""
    subprocess.run([sys.executable, "-m", "venv", str(into)], check=True, timeout=_BUILD_SECONDS)
    subprocess.run(
        [str(into / "bin" / "python"), "-m", "pip", "install", "-q", *PACKAGES],
        check=True,
        timeout=_BUILD_SECONDS,
    )
    return into
