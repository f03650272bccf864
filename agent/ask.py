"""From a question to an Answer: read, plan, run, word, check. The whole story on one screen."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aitoll.agent.answer import Answer, Figure, Language
from aitoll.agent.conversations import Conversation, conversation_of
from aitoll.agent.ledger import Ledger
from aitoll.agent.rules.turn import Turn, take_turn
from aitoll.tools import registry
from aitoll.tools.inputs import Range

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class Progress:
    """What is being done, for those who wait."""

    stage: Literal["reading", "working", "done"]


@dataclass(frozen=True)
class TextPart:
    """A piece of the checked text."""

    text: str


def ask(question: str, *, conversation: str | None = None, language: Language | None = None) -> Answer:
    """Answer one question. `conversation` is an opaque id for follow-ups; None means no memory."""
    return answer(question, conversation_of(conversation), language)


def answer(question: str, memory: Conversation, language: Language | None = None, id: str | None = None) -> Answer:
    """One turn of a conversation that the caller holds."""
    started = time.perf_counter()
    question = question.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written anywhere
    turn = take_turn(question, memory.last(), language, memory.questions())
    made = _answer(turn, id or uuid.uuid4().hex, memory, time.perf_counter() - started)
    memory.remember(question, turn.state, made)
    return made


def _answer(turn: Turn, id: str, memory: Conversation, elapsed_s: float) -> Answer:
    return Answer(
        id=id,
        conversation=memory.id,
        question=turn.question,
        language=turn.language,
        status=turn.status,
        text=turn.text,
        figures=turn.figures,
        citations=turn.citations,
        steps=turn.steps,
        warnings=turn.warnings,
        elapsed_ms=round(elapsed_s * 1e3, 3),
    )


async def aask(question: str, *, conversation: str | None = None, language: Language | None = None) -> Answer:
    """The same, without blocking the event loop."""
    import asyncio

    return await asyncio.to_thread(ask, question, conversation=conversation, language=language)


async def stream(
    question: str, *, conversation: str | None = None, language: Language | None = None
) -> AsyncIterator[Progress | TextPart | Answer]:
    """Progress, then the checked text piece by piece, the Answer last."""
    yield Progress("working")
    made = await aask(question, conversation=conversation, language=language)
    for part in made.text.splitlines(keepends=True):
        yield TextPart(part)
    yield made


def calculate(name: str, /, language: Language = "en", **inputs: Any) -> list[Figure]:
    """Run one calculator by itself; a number may be a pair (low, high). AitollError where an input cannot be."""
    ranged = {field: Range(*value) if isinstance(value, (tuple, list)) else value for field, value in inputs.items()}
    found = registry.calculate(name, **ranged)
    ledger = Ledger(language)
    for estimate in found:
        ledger.add(estimate)
    return ledger.finish("")[2]
