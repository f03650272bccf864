"""The knowledge commands: find, list, add, remove, rebuild."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from aitoll.knowledge import store

if TYPE_CHECKING:
    from pathlib import Path


def search(text: str, within: str, limit: int, as_json: bool) -> int:
    if within not in ("all", "library", "user"):
        typer.echo(f"aitoll: --in {within} is none of all, library, user", err=True)
        return 64
    found = store.search(text, limit=limit, within=within)
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
        for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    for row in rows if not as_json else []:
        typer.echo(f"{row['score']:.2f}  {row['title']}, {row['place']}\n      {row['passage']}\n")
    return 0 if rows else 2


def listed(as_json: bool) -> int:
    state = store.state()
    if as_json:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo(f"library    {state.library} passages")
        typer.echo(f"vectors    {state.model or 'none: searched by words'} ({state.reason})")
        typer.echo(f"kept in    {state.home}")
        typer.echo(f"documents  {len(state.documents)}")
        for one in state.documents:
            typer.echo(f"  {one['passages']:5} passages  {one['path']}  {one['note']}".rstrip())
    return 0


def add(paths: list[Path]) -> int:
    report = store.add(paths, progress=_progress)
    typer.echo(str(report))
    return 0


def remove(names: list[str]) -> int:
    gone = store.remove(names)
    typer.echo(f"{len(gone)} document(s) removed")
    return 0 if gone else 2


def rebuild() -> int:
    store.rebuild()
    return listed(False)


def _progress(*said: object) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{' '.join(map(str, said))[:100]:100}", err=True, nl=False)
