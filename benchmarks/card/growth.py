"""How time and memory grow with users, documents, tables and conversation length, and where the time of an answer goes.

Each size is measured in a process of its own, on the same questions, beside a floor of the same run: `python -m benchmarks.card growth`.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.card.figures import Measured
from benchmarks.card.results import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = (100, 50_000)  # conversations in the database
TURNS = (10, 1000)  # of one conversation
PASSAGES = (1_000, 20_000)
TABLES = (1, 4)  # times the rows of every table
COPIED = ("accelerators", "models", "facilities", "inference")


def measure(short: bool) -> list[Measured]:
    """Nothing in the short form: small sizes show no growth."""
    return [] if short else [*by_users(USERS), *by_turns(TURNS), *by_passages(PASSAGES), *by_rows(TABLES), *where()]


def of(kind: str, size: int, folder: str, root: Path = ROOT) -> dict[str, Any]:
    """What benchmarks/card/grown.py measures of one size, in a fresh process with a home of its own."""
    surroundings = {**os.environ, "PYTHONPATH": str(root), "AITOLL_HOME": folder, "AITOLL_HISTORY_TURNS": "1000"}
    surroundings["OPENBLAS_NUM_THREADS"] = "1"  # threads that wait for each other would count as CPU
    surroundings.pop("AITOLL_DATABASE_URL", None)
    command = [sys.executable, "-m", "benchmarks.card.grown", kind, str(size)]
    done = subprocess.run(command, cwd=root, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{kind} {size}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def grown(kind: str, sizes: tuple[int, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        return of(kind, sizes[0], few), of(kind, sizes[1], many)


def compared(what: str, how: str, sizes: tuple[int, int], found: tuple[dict[str, Any], dict[str, Any]], most: float) -> Iterator[Measured]:
    """The larger beside the smaller: time in times, memory in MB."""
    few, many = found
    each = f"{sizes[0]:,} → {sizes[1]:,}: {few['ms']:.2f} → {many['ms']:.2f} ms"
    floors = f"; floor {few['floor_ms']:.2f} → {many['floor_ms']:.2f} ms ({few['floor']})"
    yield Measured(what, round(many["ms"] / few["ms"], 2), "times", how, most, True, sizes[1], beside=each + floors)
    memory = f"resident, {few['mb']:.0f} → {many['mb']:.0f} MB"
    yield Measured(f"{what}, memory", round(many["mb"] - few["mb"], 1), "MB", memory, 60, True, sizes[1])


def by_users(sizes: tuple[int, int]) -> Iterator[Measured]:
    how = "CPU of a follow-up, read and written, among so many conversations of as many users, median"
    yield from compared("a turn among many users", how, sizes, grown("users", sizes), 1.3)


def by_turns(sizes: tuple[int, int]) -> Iterator[Measured]:
    how = "CPU of a follow-up after so many turns of one conversation in the database, all of them kept, median"
    yield from compared("a turn of a long conversation", how, sizes, grown("turns", sizes), 1.5)


def by_passages(sizes: tuple[int, int]) -> Iterator[Measured]:
    """Beside Chroma at the same size, for the smaller is compared one by one and the larger searched by a graph."""
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        homes = dict(zip(sizes, (small, large), strict=True))
        few, many = (of("filled", size, home) and of("passages", size, home) for size, home in homes.items())
    how = (
        f"CPU of a search among {sizes[1]:,} passages of the user's, seeded vectors, median, over Chroma's own query of the same collection"
    )
    each = ", ".join(f"{size:,}: {one['ms']:.2f} ms, Chroma {one['floor_ms']:.2f}" for size, one in zip(sizes, (few, many), strict=True))
    yield Measured("a search among many passages", round(many["ms"] / many["floor_ms"], 2), "times", how, 1.3, True, sizes[1], beside=each)
    memory = f"resident, {few['mb']:.0f} → {many['mb']:.0f} MB; the vectors alone {4 * 384 * (sizes[1] - sizes[0]) / 1e6:.0f} MB"
    yield Measured("a search among many passages, memory", round(many["mb"] - few["mb"], 1), "MB", memory, 150, True, sizes[1])


def by_rows(sizes: tuple[int, int]) -> Iterator[Measured]:
    """The tables with every row of models, chips, sites and uses so many times, by other names."""
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        found = []
        for times, place in zip(sizes, (small, large), strict=True):
            root = Path(place, "aitoll-of-many-rows")
            multiplied(root, times)
            found.append(of("rows", times, str(Path(place, "home")), root))
    how = "CPU of a question about a chip, a model and a place with every row so many times, median"
    yield from compared("a question on large tables", how, sizes, (found[0], found[1]), 1.3)
    yield Measured(
        "the first question on large tables", round(found[1]["first_ms"] / found[0]["first_ms"], 2), "times",
        "CPU of the first question of a process, tables and names read", 2.5, True, sizes[1],
        beside=f"{found[0]['first_ms']:.0f} → {found[1]['first_ms']:.0f} ms",
    )  # fmt: skip


def multiplied(root: Path, times: int) -> None:
    """A copy of the project with the rows of some tables so many times: ids, names and aliases with a number behind."""
    left_out = shutil.ignore_patterns("__pycache__", ".*", "node_modules", "dist", "build")
    for name in ("aitoll", "agent", "knowledge", "tools", "benchmarks", "tests"):
        shutil.copytree(ROOT / name, root / name, symlinks=True, ignore=left_out)
    numbers = count(1)
    for table in COPIED:
        path = root / "tools" / "data" / f"{table}.csv"
        header, *cells = csv.reader(path.read_text("utf-8").splitlines())
        more = [renamed(header, row, next(numbers)) for _ in range(times - 1) for row in cells]
        with path.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written, lineterminator="\n").writerows([header, *cells, *more])


def renamed(header: list[str], row: list[str], number: int) -> list[str]:
    """The same row by a name of no other."""
    new = dict(zip(header, row, strict=True))
    new["id"] = f"{new['id']}-zq{number}"
    for column in ("name", "name_fr"):
        if new.get(column):
            new[column] = f"{new[column]} Zq{number}"
    if "aliases" in new:
        new["aliases"] = ";".join(f"{alias.strip()} Zq{number}" for alias in new["aliases"].split(";") if alias.strip())
    return [new[column] for column in header]


def where() -> Iterator[Measured]:
    """The share of the largest step of an answer, and the others beside it."""
    for kind in ("calculator", "knowledge"):
        with tempfile.TemporaryDirectory() as home:
            steps: dict[str, float] = of(f"profile-{kind}", 30, home)["steps"]
        (largest, share), *others = steps.items()
        beside = ", ".join(f"{name} {part:.0%}" for name, part in others if part >= 0.02)
        how = f"sampled each millisecond of CPU over warm answers; the largest step is {largest}"
        yield Measured(f"of a {kind} question's time, {largest}", round(share, 3), "share", how, beside=beside)
