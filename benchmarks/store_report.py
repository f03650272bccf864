"""What benchmarks/store.py measured, as a page for docs/measured/."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.card.results import commit

if TYPE_CHECKING:
    import argparse


def shown(asked: argparse.Namespace, told: dict[str, Any]) -> str:
    ours, theirs, real = told["aitoll"], told["chroma"], told["embedding"]
    beside = "" if asked.one_collection else ", Chroma's own collection included"
    of_whom = f"the server{beside}" if asked.server else "a reader"
    itself = "the same collection" if asked.one_collection else "same vectors and graph"
    where = "on a Chroma server" if asked.server else "in a folder"
    bare_disk = "(in the same folder)" if asked.server else f"{told['disk_bare_mb']:,.0f} MB"
    how = f"`python benchmarks/store.py {' '.join(sys.argv[1:])}` {surroundings()}"
    ratios = [ours[name] / theirs[name] for name in ("p50_ms", "p99_ms")]
    lines = [
        f"# The store with {asked.passages:,} passages, {where}",
        "",
        f"{how}, {told['duration_s'] / 60:.0f} min.",
        f"Seeded vectors of {told['dimension']} dimensions in clusters of {told['in_a_cluster']}; {asked.questions} questions to both",
        f"by turns, {told['results']} results each with text and metadata; {told['same']:.1%} of the results are the same, and",
        f"{told['recall']:.1%} of the truly nearest are among ours, by comparing 200 questions with every vector.",
        "",
        f"| | aitoll | Chroma itself, {itself} |",
        "|---|---|---|",
        f"| passages a second going in | {_rate(told['ingest'])}: files read, cut, recorded | {_bare_rate(told)} |",
        f"| one question, p50 | {ours['p50_ms']:.2f} ms, {ratios[0]:.2f} times Chroma's | {theirs['p50_ms']:.2f} ms |",
        f"| one question, p99 | {ours['p99_ms']:.2f} ms, {ratios[1]:.2f} times Chroma's | {theirs['p99_ms']:.2f} ms |",
        f"| disk | {told['disk_mb']:,.0f} MB | {bare_disk} |",
        f"| memory of {of_whom} | {told['memory_mb']:,.0f} MB | |",
        "",
    ]
    if real:
        lines.append(f"Embedding {real['passages']:.0f} real passages with the model that ships: {_rate(real)} a second.")
    return "\n".join(lines)


def surroundings() -> str:
    machine = f"{os.cpu_count()} cores shared with other work ({platform.machine()}), Python {platform.python_version()}"
    return f"at commit {commit()}, {datetime.now(UTC):%Y-%m-%d}, {machine}"


def _bare_rate(told: dict[str, Any]) -> str:
    return _rate(told["ingest_bare"]) if "ingest_bare" in told else "not filled a second time"


def _rate(told: dict[str, float]) -> str:
    if not told["passages"]:
        return "none (resumed)"
    return f"{told['passages'] / told['seconds']:,.0f} ({told['passages'] / told['cpu_seconds']:,.0f} a CPU second)"
