"""docs/scorecard.md, from what is kept under docs/measured/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.card.figures import shown_target, shown_value
from benchmarks.card.headline import README, with_block
from benchmarks.card.parts import PARTS
from benchmarks.card.results import ROOT, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.card.figures import Measured
    from benchmarks.card.results import Part, Result

PAGE = ROOT / "docs" / "scorecard.md"
REASONS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "reasons.yaml").read_text("utf-8")) or {}
HEAD = """# Scorecard

Written by `make scorecard`; what takes longer by `make scorecard-long PART=…`. Shares carry their exact one-sided 95 % bound
(Clopper and Pearson), times are CPU time of the process. A figure is as old as its part; a test fails when the code that a part
measures has changed since.
"""


def page() -> str:
    return "\n".join([HEAD, *_missed(), *(line for part in PARTS for line in _part(part, kept(part)))]) + "\n"


def write() -> None:
    """The card, and the block of the README that shows some of it."""
    PAGE.write_text(page(), "utf-8")
    README.write_text(with_block(README.read_text("utf-8")), "utf-8")


def _missed() -> Iterator[str]:
    """What falls short first, with its reason and the next step."""
    results = [found for part in PARTS if (found := kept(part))]
    missed = [figure for found in results for figure in found.figures if figure.met is False]
    yield "## What falls short\n"
    yield from (
        f"- **{figure.name}**: {shown_value(figure)}, {shown_target(figure)} wanted. {REASONS.get(figure.name, '')}" for figure in missed
    )
    yield "" if missed else "Nothing that has a target.\n"


def _part(part: Part, found: Result | None) -> Iterator[str]:
    yield f"## {part.area}: {part.name}\n"
    if found is None:
        yield f"Not measured yet: `make scorecard{f'-long PART={part.name}' if part.long else ''}`.\n"
        return
    yield f"Measured {found.date} at {found.commit}, in {found.seconds:.0f} s.\n"
    yield "| figure | value | wanted | | cases and bound | how, and beside what |"
    yield "|---|---|---|---|---|---|"
    for figure in found.figures:
        verdict = {True: "met", False: "**not met**", None: ""}[figure.met]
        how = ". ".join(filter(None, (figure.how, figure.beside)))
        yield f"| {figure.name} | {shown_value(figure)} | {shown_target(figure)} | {verdict} | {figure.bound} | {how} |"
    yield ""
    yield from _failed(found.figures)


def _failed(figures: list[Measured]) -> Iterator[str]:
    shown = [figure for figure in figures if figure.failed]
    for figure in shown:
        yield f"<details><summary>{figure.name}: what failed</summary>\n"
        yield from (f"- {_plain(case)}" for case in figure.failed)
        yield "\n</details>\n"


def _plain(case: str) -> str:
    """A case as one line of code: it may be an attack."""
    return "`" + " ".join(case.replace("`", "'").replace("<", "‹").split()) + "`"
