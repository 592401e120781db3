"""Documents link to what exists, and every change fragment has the form that makes a changelog."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
KINDS = {"added", "changed", "deprecated", "removed", "fixed", "security"}
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    if ".venv" not in path.parts
)


def dead_links(document: Path) -> list[str]:
    return [
        target
        for target in LINK.findall(document.read_text())
        if "://" not in target
        and not target.startswith("mailto:")
        and not (document.parent / target).exists()
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    assert dead_links(document) == []


def test_a_dead_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[there](page.md) [nowhere](missing.md#part)")
    assert dead_links(page) == ["missing.md"]


def test_every_document_is_listed_where_people_begin_to_read():
    docs = ROOT / "docs"
    listed = {
        (listing.parent / target).resolve()
        for listing in (docs / "README.md", docs / "decisions" / "README.md")
        for target in LINK.findall(listing.read_text())
    }
    assert [
        path.name for path in docs.rglob("*.md") if path.resolve() not in listed | {docs / "README.md"}
    ] == []


def test_change_fragments_have_a_kind_and_one_line():
    wrong = {
        path.name: path.read_text()
        for path in (ROOT / "changes").iterdir()
        if path.name != "README.md" and not well_formed(path)
    }
    assert wrong == {}


def well_formed(path: Path) -> bool:
    words = path.name.split(".")
    text = path.read_text().strip()
    return (
        len(words) == 3
        and words[1] in KINDS
        and words[2] == "md"
        and text.endswith(".")
        and "\n\n" not in text
    )


def test_decisions_are_numbered_without_gap_and_listed():
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in decisions] == list(range(1, len(decisions) + 1))
    listing = (folder / "README.md").read_text()
    assert [name for name in decisions if name not in listing] == []
