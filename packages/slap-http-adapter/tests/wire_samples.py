"""Reads the captured exchanges of `samples/`."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

DIRECTORY = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body, keep_blank_values=True)


def sample(name: str) -> Sample:
    text = (DIRECTORY / f"{name}.txt").read_text()
    _, _, rest = text.partition("== request ==\n")
    request, _, response = rest.partition("== response ==\n")
    request = request.partition("== request form, decoded ==\n")[0]
    head, _, body = request.partition("\n\n")
    first, *lines = head.splitlines()
    method, path, _ = first.split(" ", 2)
    status, _, answer = response.partition("\n\n")
    return Sample(
        name=name,
        method=method,
        path=path,
        headers=dict(line.split(": ", 1) for line in lines),
        body=body.strip(),
        status=int(status.split()[0]),
        answer=answer.removesuffix("\n"),
    )


def exchanges() -> list[str]:
    return sorted(path.stem for path in DIRECTORY.glob("*.txt") if not path.name.startswith("node-"))
