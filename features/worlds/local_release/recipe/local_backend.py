"""Builds the distribution of the local recipes: one that is installed as a path to this directory."""

from pathlib import Path
from zipfile import ZipFile

_INFO = "local_recipe-1.dist-info"
_FILES = {
    "local_recipe.pth": f"{Path(__file__).parent}\n",
    f"{_INFO}/METADATA": "Metadata-Version: 2.1\nName: local-recipe\nVersion: 1\n",
    f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: local\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{_INFO}/entry_points.txt": (
        "[zc.buildout]\nfile = local_recipe:File\ninstance = local_recipe:Instance\n"
    ),
}


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Write the wheel and return its name (PEP 660)."""
    name = "local_recipe-1-py3-none-any.whl"
    record = "".join(f"{path},,\n" for path in (*_FILES, f"{_INFO}/RECORD"))
    with ZipFile(Path(wheel_directory, name), "w") as wheel:
        for path, text in {**_FILES, f"{_INFO}/RECORD": record}.items():
            wheel.writestr(path, text)
    return name


build_wheel = build_editable
