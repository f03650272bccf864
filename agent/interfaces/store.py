"""The knowledge commands: find, list, add, remove, rebuild, export, import; what they say in the user's language."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from aitoll.agent.texts import surface
from aitoll.agent.told import partly, told
from aitoll.knowledge import store
from aitoll.knowledge.parsers import seen
from aitoll.settings import settings
from aitoll.tools.errors import AitollError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aitoll.knowledge.user_writer import Progress, Report


def in_words(work: Callable[[], int]) -> int:
    """A fault of the store or of a file is told in the user's language."""
    try:
        return work()
    except AitollError as fault:
        path = fault.facts.get("path")
        typer.echo(f"aitoll: {f'{seen(str(path))} ' if path else ''}{told(fault, settings().language)}", err=True)
        return 1


def search(text: str, within: str, limit: int, as_json: bool) -> int:
    if within not in ("all", "library", "user"):
        typer.echo(f"aitoll: --in {within} is none of all, library, user", err=True)
        return 64
    searched = store.look_up(text, limit=limit, within=within)
    for warning in partly(searched.missed, settings().language):
        typer.echo(f"aitoll: {warning}", err=True)
    rows = [
        {
            "id": one.id,
            "source": one.source,
            "title": one.title,
            "place": one.place,
            "passage": one.passage,
            "score": round(one.score, 4),
            "language": one.language,
        }
        for one in searched.found
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    for row in rows if not as_json else []:
        typer.echo(f"{row['score']:.2f}  {row['title']}, {row['place']}\n      {row['passage']}\n")
    return 0 if rows else 1 if searched.missed else 2


def listed(as_json: bool) -> int:
    state, said = store.state(), words()
    if as_json:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False, indent=2, default=str))
        return 0
    lines = said["list"]
    typer.echo(lines["library"].format(count=state.library))
    vectors = lines["words"] if state.model == "lexical" else lines["vectors"]
    typer.echo(vectors.format(model=state.model, reason=state.reason))
    typer.echo(lines["home"].format(home=state.home))
    passages = sum(int(one["passages"]) for one in state.documents)
    typer.echo(lines["documents"].format(count=len(state.documents), passages=passages))
    for one in state.documents:
        typer.echo(lines["document"].format(passages=one["passages"], added=str(one["added"])[:10], path=seen(str(one["path"]))))
        notes = [said["notes"][note] for note in str(one["notes"]).split()] + ([] if one["whole"] else [said["unfinished"]])
        for note in notes:
            typer.echo(f"    {said['note']}: {note}")
    if not state.documents:
        typer.echo(said["nothing"])
    if state.foreign:
        typer.echo(said["faults"]["foreign"])
    return 0


def add(paths: list[Path]) -> int:
    with progress("progress") as tell:
        report = store.add(paths, tell)
    code = _reported(report)
    return code if all(path.exists() for path in paths) else 2  # what was named and is not there, beside what is


def take_export(path: Path) -> int:
    with progress("progress") as tell:
        report = store.take_export(path, tell)
    return _reported(report)


def export(path: Path) -> int:
    documents, passages = store.export(path)
    typer.echo(words()["exported"].format(documents=documents, passages=passages, path=path))
    return 0


def remove(names: list[str]) -> int:
    gone, said = store.remove(names), words()
    for path in gone:
        typer.echo(said["removed"].format(path=seen(path)))
    for name in names if not gone else ():
        typer.echo(said["not_found"].format(name=seen(name)), err=True)
    return 0 if gone else 2


def rebuild() -> int:
    with progress("rebuilding") as tell:
        lost = store.rebuild(tell)
    for path in lost:
        typer.echo(words()["lost"].format(path=seen(path)), err=True)
    return listed(False)


def _reported(report: Report) -> int:
    said = words()
    counts = {name: len(getattr(report, name)) for name in ("added", "unchanged", "skipped")}
    typer.echo(said["report"].format(passages=report.passages, **counts))
    for fault in report.skipped:
        typer.echo(f"  {said['skipped']}: {seen(fault.path)} {told(fault, settings().language)}")
    for path, note in report.notes:
        typer.echo(f"  {said['note']}: {seen(str(path))} {said['notes'][note]}")
    return 0 if report.added or report.unchanged else 2


def words() -> dict[str, Any]:
    return surface("store", settings().language)


@contextlib.contextmanager
def progress(key: str) -> Iterator[Progress]:
    """Tells on one line of a terminal how far the work is; the line is gone when it ends."""
    line, files, shown = words()[key], set[str](), sys.stderr.isatty()

    def tell(path: Path, done: int, total: int) -> None:
        files.add(str(path))
        if shown:
            said = line.format(files=len(files), name=seen(path.name), done=done, total=total)
            typer.echo(f"\r{said[:100]:100}", err=True, nl=False)

    try:
        yield tell
    finally:
        if shown:
            typer.echo(f"\r{'':100}\r", err=True, nl=False)
