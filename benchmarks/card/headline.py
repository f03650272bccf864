"""The README's block "How true, how fast": a few figures of the card, as they are kept, so that neither can drift from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.card.figures import shown_target, shown_value
from benchmarks.card.parts import BY_NAME
from benchmarks.card.results import ROOT, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

README = ROOT / "README.md"
OPENS, CLOSES = "<!-- card: written by `python -m benchmarks.card --page` -->\n", "<!-- /card -->\n"
SHOWN = (
    ("truth", "numbers without a ground, all surfaces"),
    ("truth", "wrong figures against independent arithmetic"),
    ("truth", "published figures inside our 90 % interval"),
    ("understanding", "strangers' questions right when first asked"),
    ("understanding", "questions on the subject refused"),
    ("speed", "a calculator question, warm"),
    ("speed", "a knowledge question, warm"),
    ("attacks", "attacks that break an answer"),
    ("faults", "a store that is damaged, foreign, locked, full or gone"),
)


def block() -> str:
    """As Markdown; KeyError where a figure of the block is not kept."""
    return "\n".join(["| measured | value | wanted | cases and bound |", "|---|---|---|---|", *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for part, name in SHOWN:
        found = kept(BY_NAME[part])
        figure = {figure.name: figure for figure in found.figures}[name] if found else None
        if figure is None:
            raise KeyError(name)
        missed = " (not met)" if figure.met is False else ""
        yield f"| {name} | {shown_value(figure)} | {shown_target(figure)}{missed} | {figure.bound} |"


def with_block(readme: str) -> str:
    """The README with the block of today between its marks."""
    before, _, rest = readme.partition(OPENS)
    return before + OPENS + block() + CLOSES + rest.partition(CLOSES)[2]
