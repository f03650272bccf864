"""The user's documents as one file that another machine takes: whole, or refused whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.told import told
from aitoll.knowledge.store import add, export, search, state, take_export
from aitoll.settings import settings
from aitoll.tools.errors import DocumentFault
from tests.knowledge.conftest import ASKED, SAID

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture(autouse=True)
def _by_words(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    """Vectors of words: what is exported is the same, and no model is loaded."""
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "lexical")
    settings.cache_clear()
    assert not own_home.exists()


def test_documents_go_to_another_machine_and_model(papers: Path, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (papers / "rows.md").write_text("\n\n".join((papers / "rows.md").read_text().split("\n\n")[:60]))
    add([papers])
    assert export(tmp_path / "all.aitoll") == (2, 31)
    (papers / "rows.md").unlink()
    with pytest.raises(DocumentFault, match="exists already"):
        export(tmp_path / "all.aitoll")
    monkeypatch.setenv("AITOLL_HOME", str(own_home.with_name("elsewhere")))
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "auto")
    settings.cache_clear()
    report = take_export(tmp_path / "all.aitoll")
    assert ([path.name for path in report.added], report.passages) == (["pump.md", "rows.md"], 31)
    first = search(ASKED, within="user")[0]
    assert (first.passage, first.title, first.place, first.source) == (SAID, "Pumps", "Pumps", str(papers / "pump.md"))
    again = take_export(tmp_path / "all.aitoll")
    assert (again.added, len(again.unchanged), again.passages) == ([], 2, 0)
    assert [path.name for path in add([papers]).unchanged] == ["pump.md"], "the same file is known by what it holds"


def test_what_is_here_in_another_state_stays(papers: Path, tmp_path: Path) -> None:
    add([papers / "pump.md"])
    export(tmp_path / "all.aitoll")
    (papers / "pump.md").write_text("The pump is green now.\n")
    add([papers])
    report = take_export(tmp_path / "all.aitoll")
    assert [(fault.path, fault.key) for fault in report.skipped] == [(str(papers / "pump.md"), "other")]
    assert search("Is the pump green now?", within="user")[0].passage == "The pump is green now."


def archive(place: Path, *lines: Any, end: bool = True) -> Path:
    """An export of these lines, with the checksum that belongs to them."""
    import gzip
    import hashlib

    held = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    counts = [sum(isinstance(line, dict) and name in line for line in lines) for name in ("document", "in")]
    last = {"end": {"documents": counts[0], "passages": counts[1], "sha256": hashlib.sha256(held).hexdigest()}}
    (place / "made.aitoll").write_bytes(gzip.compress(held + (json.dumps(last).encode() + b"\n" if end else b"")))
    return place / "made.aitoll"


HEAD = {"format": "aitoll-documents", "version": 1}
ABOUT = {"path": "/a.md", "title": "A", "hash": "0" * 64, "notes": "", "added": "2026-01-01T00:00:00+00:00"}
PIECE = {"in": 0, "text": "The pump is red.", "place": "A", "heading": "A"}
HOSTILE: dict[str, tuple[list[Any], str]] = {
    "no head": ([{"document": ABOUT}], "not_archive"),
    "another program's": ([{"format": "tar", "version": 1}], "not_archive"),
    "a later version": ([{**HEAD, "version": 2}], "archive_version"),
    "a passage of no document": ([HEAD, {"document": ABOUT}, {**PIECE, "in": 1}], "archive_bounds"),
    "a negative document": ([HEAD, {"document": ABOUT}, {**PIECE, "in": -1}], "archive_bounds"),
    "a long passage": ([HEAD, {"document": ABOUT}, {**PIECE, "text": "x" * 601}], "archive_bounds"),
    "a vector": ([HEAD, {"document": ABOUT}, {**PIECE, "vector": [1.0]}], "archive_bounds"),
    "a number for a text": ([HEAD, {"document": ABOUT}, {**PIECE, "text": 3}], "archive_bounds"),
    "a line without end": ([HEAD, b"[" * 1_000_000], "archive_bounds"),
    "deep lists": ([HEAD, b"[" * 10_000 + b"\n"], "archive_bounds"),
    "lines of nothing": ([HEAD, b"\n" * 100], "archive_bounds"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_made_up_export_is_refused_whole(tmp_path: Path, own_home: Path, name: str) -> None:
    lines, key = HOSTILE[name]
    with pytest.raises(DocumentFault) as refused:
        take_export(archive(tmp_path, *lines))
    assert refused.value.key == key
    assert told(refused.value, "fr") != told(refused.value, "en")
    assert not (own_home / "documents").exists() or state().documents == []


def test_an_export_that_was_cut_or_changed_is_refused(papers: Path, tmp_path: Path) -> None:
    import gzip

    add([papers / "pump.md"])
    export(tmp_path / "all.aitoll")
    good = (tmp_path / "all.aitoll").read_bytes()
    changed = gzip.compress(gzip.decompress(good).replace(b"three percent", b"forty percent"))
    for held in (good[:-20], good[: len(good) // 2], changed, gzip.compress(gzip.decompress(good) + b"{}\n")):
        (tmp_path / "bad.aitoll").write_bytes(held)
        with pytest.raises(DocumentFault, match="cut or was changed"):
            take_export(tmp_path / "bad.aitoll")


def test_what_an_export_says_is_shown_without_signs_that_move_the_cursor(tmp_path: Path) -> None:
    made = archive(tmp_path, HEAD, {"document": {**ABOUT, "path": "/a\x1b[2J.md"}}, {**PIECE, "text": "The\u202e pump \x07is red."})
    take_export(made)
    assert [str(one["path"]) for one in state().documents] == ["/a[2J.md"]
    assert search("pump", within="user")[0].passage == "The pump is red."
