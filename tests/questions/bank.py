"""The questions written by hand: one YAML file a kind, a third of them never looked at while the rules are written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
KINDS = (
    "computed",
    "looked_up",
    "several",
    "compared",
    "inverse",
    "conversations",
    "facts",
    "clarify",
    "invalid",
    "not_found",
    "off_topic",
    "on_topic",
)


@dataclass(frozen=True)
class Entry:
    """A question, or a conversation of which the last turn is judged, and what a right answer shows."""

    id: str
    lang: str  # fr, en, or any where the answer's language is not the point
    kind: str
    turns: list[str]
    status: list[str]
    tool: str = ""
    arguments: list[dict[str, Any]] = field(default_factory=list)  # each is met by one of the calls
    figures: list[dict[str, Any]] = field(default_factory=list)  # value within tol, or low and high exactly
    units: list[str] = field(default_factory=list)  # a figure that answers is in each of these
    topics: list[str] = field(default_factory=list)  # one of these topics of the library is cited
    say: list[str] = field(default_factory=list)
    not_say: list[str] = field(default_factory=list)
    cite: list[str] = field(default_factory=list)
    held_out: bool = False


def is_held_out(id: str) -> bool:
    """A third, chosen by the id alone, so that nobody chooses."""
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % 3 == 0


@cache
def bank() -> tuple[Entry, ...]:
    """Every question written by hand."""
    rows = [row for kind in KINDS for path in sorted(HERE.glob(f"{kind}_*.yaml")) for row in _rows(path, kind)]
    return tuple(Entry(**row) for row in rows)


@cache
def fresh() -> tuple[Entry, ...]:
    """Questions written after the rules: none of them was seen while the rules were written."""
    rows = [row for path in sorted(HERE.glob("fresh_*.yaml")) for row in _rows(path, "")]
    return tuple(Entry(**{**row, "held_out": True}) for row in rows)


def _rows(path: Path, kind: str) -> list[dict[str, Any]]:
    return [{"kind": kind, **row} for row in yaml.safe_load(path.read_text("utf-8"))]


@cache
def pools() -> dict[str, Any]:
    """Names to draw in the generated questions, by the input that they fill."""
    found: dict[str, Any] = yaml.safe_load((HERE / "pools.yaml").read_text("utf-8"))
    return found
