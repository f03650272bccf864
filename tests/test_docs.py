"""The documentation is real: its Python runs, its answers are those of this version, its commands and its files exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.reference import reference

if TYPE_CHECKING:
    from tests.conftest import Python

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
SHOWN = [
    (page, question, shown)
    for page in PAGES
    if page.name != "README.md"
    for question, shown in re.findall(r'```console\n\$ aitoll "(.+?)"\n\n?(.*?)\n?```', page.read_text("utf-8"), re.DOTALL)
]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
COMMANDS = {"ask", "batch", "calc", "serve", "mcp", "slack", "knowledge", "conversations"}


def blocks(page: Path, *kinds: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind in kinds]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), scope)
    capsys.readouterr()


@pytest.mark.parametrize(("page", "question", "shown"), SHOWN, ids=[f"{page.name}: {question[:40]}" for page, question, _ in SHOWN])
def test_an_answer_shown_is_the_answer_given(
    page: Path, question: str, shown: str, python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    given = python("-m", "aitoll", question, cwd=tmp_path).stdout
    assert [line.rstrip() for line in given.strip().splitlines()] == [line.rstrip() for line in shown.strip().splitlines()], page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_to_exists(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_json_of_a_page_is_json(page: Path) -> None:
    for text in blocks(page, "json"):
        json.loads(text)


def test_every_command_of_the_pages_exists(python: Python, tmp_path: Path) -> None:
    """Each once, with its options, as its help lists them."""
    told: dict[tuple[str, ...], set[str]] = {}
    for page in PAGES:
        for text in blocks(page, "sh"):
            for line in re.findall(r"(?:^|&& )aitoll ((?!\").*)", text, re.MULTILINE):
                words = shlex.split(line.split(" && ")[0].split(" | ")[0].split("#")[0])
                name = tuple(words[:2]) if words[:1] in (["knowledge"], ["conversations"]) else tuple(words[:1])
                told.setdefault(name, set()).update(word.partition("=")[0] for word in words if word.startswith("--"))
    assert told
    for name, options in told.items():
        if name and name[0] in COMMANDS:
            shown = python("-m", "aitoll", *name, "--help", cwd=tmp_path).stdout
            assert options <= {*re.findall(r"--[\w-]+", shown)}, name


def test_the_reference_is_made_from_the_registry() -> None:
    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == reference()
