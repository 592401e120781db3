"""How long the first and the second `slapos standalone run` of examples/hello-web take, downloads warm."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 30.0
SLAPOS = Path(sys.executable).with_name("slapos")
PROFILE = Path(__file__).parents[1] / "examples" / "hello-web" / "software.cfg"


def run(directory: str) -> float:
    began = time.perf_counter()
    command = [SLAPOS, "standalone", "run", PROFILE, "--directory", directory, "--detach"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def end(word: str, directory: str) -> None:
    subprocess.run([SLAPOS, "standalone", word, "--directory", directory], check=True, capture_output=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="slap") as scratch:
        warming, measured = f"{scratch}/w", f"{scratch}/m"
        run(warming)
        end("destroy", warming)
        first = run(measured)
        again = run(measured)
        end("stop", measured)
        resumed = run(measured)
        end("destroy", measured)
    print(f"first run, nothing built          {first:5.1f} s (limit {LIMIT:.0f} s)")
    print(f"second run, everything running    {again:5.1f} s")
    print(f"run again after a stop            {resumed:5.1f} s")
    return 0 if first <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
