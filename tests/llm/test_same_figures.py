"""The same questions, planned and worded by a scripted model and by the rules, give the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from tests.peers.llm.planner import right
from tests.questions.bank import bank

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer
    from tests.llm.conftest import Model
    from tests.questions.bank import Entry

KINDS = ("computed", "looked_up", "several", "inverse", "conversations")
ENTRIES = [entry for entry in bank() if entry.kind in KINDS]


def last(entry: Entry) -> Answer:
    memory = InMemory()
    return [answer(turn, memory) for turn in entry.turns][-1]


def figures(found: Answer) -> list[tuple[Any, ...]]:
    """Each figure once, asked for or rested upon, with its inputs; numbers up to the last bits of a float."""
    kept = [
        (
            figure.role,
            figure.name,
            figure.unit,
            *(rounded(end) for end in (figure.low, figure.value, figure.high)),
            tuple((part.name, part.status, rounded(part.value), part.unit, part.source, part.where) for part in figure.inputs),
            tuple((driver.name, round(driver.share, 3)) for driver in figure.drivers),
        )
        for figure in found.figures
    ]
    return list(dict.fromkeys(kept))


def rounded(value: float | None) -> str:
    return "none" if value is None else f"{value:.12g}"


@pytest.mark.parametrize("part", range(8))
def test_model_and_rules_give_the_same_figures(part: int, model: Model) -> None:
    entries = ENTRIES[part::8]
    by_rules = [last(entry) for entry in entries]
    model(right)
    by_model = [last(entry) for entry in entries]
    both = list(zip(entries, by_rules, by_model, strict=True))
    pairs = {entry.id: (figures(ours), figures(theirs)) for entry, ours, theirs in both if ours.status in entry.status}
    assert {id: pair for id, pair in pairs.items() if pair[0] and pair[0] != pair[1]} == {}
    worded = [one.model for one in by_model if one.status == "answered"]
    assert worded.count("gpt-4o") >= 0.9 * len(worded)
