"""What was measured, kept under docs/measured/ with its commit, its date, how long it took and the code that it measured."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.card.figures import Measured, read

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "measured"


@dataclass(frozen=True)
class Part:
    """A part of the scorecard that is measured and kept as a whole."""

    name: str
    area: str  # heading of the card
    measure: Callable[[bool], list[Measured]]  # whether the short form is wanted
    code: tuple[str, ...]  # the files measured, as patterns from the root
    long: bool = False  # run by hand, part by part


@dataclass(frozen=True)
class Result:
    part: str
    commit: str
    date: str
    seconds: float
    code: str
    figures: list[Measured]


def fingerprint(patterns: tuple[str, ...]) -> str:
    """Of names and contents of the files, so that a result tells whether its code has changed since."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}):
        if "__pycache__" not in path.parts:
            found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def run(part: Part, short: bool) -> Result:
    """The code is that of the start: what changes meanwhile makes the result old."""
    start, code, at = time.monotonic(), fingerprint(part.code), commit()
    figures = part.measure(short)
    return Result(part.name, at, f"{datetime.now(UTC):%Y-%m-%d}", round(time.monotonic() - start, 1), code, figures)


def commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short=7", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"


def keep(result: Result) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    plain = {**vars(result), "figures": [figure.plain() for figure in result.figures]}
    (KEPT / f"{result.part}.json").write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", "utf-8")


def kept(part: Part) -> Result | None:
    path = KEPT / f"{part.name}.json"
    if not path.exists():
        return None
    plain = json.loads(path.read_text("utf-8"))
    return Result(**{**plain, "figures": [read(figure) for figure in plain["figures"]]})
