"""Several processes on one home: each runs a script in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aitoll.knowledge import embeddings, store
from aitoll.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent.parent
SAID = "The blue pump of the Rennes hall draws three percent."
ASKED = "Which pump of the Rennes hall draws three percent?"


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home for one test."""
    place = tmp_path / "home"
    monkeypatch.setenv("AITOLL_HOME", str(place))
    settings.cache_clear()
    yield place
    store._store.cache_clear()
    embeddings._remote.cache_clear()


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script in another process, with lines going both ways; it is ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(script: str, **surroundings: str) -> subprocess.Popen[str]:
        told = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **surroundings}
        command = [sys.executable, "-u", "-c", script]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, env=told, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "pump.md").write_text(f"# Pumps\n\n{SAID}\n")
    many = "\n\n".join(f"## Row {number}\n\nRow {number} is cooled by door {number * 3} of that hall." for number in range(300))
    (folder / "rows.md").write_text(many)
    return folder
