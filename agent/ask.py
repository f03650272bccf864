"""From a question to an Answer: read, plan, run, word, check. The whole story on one screen."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Answer, Figure, Language
from aitoll.agent.conversations import Conversation, conversation_of
from aitoll.agent.ledger import Ledger
from aitoll.agent.progress import Progress, listening
from aitoll.agent.rules.turn import Turn, take_turn
from aitoll.tools import registry
from aitoll.tools.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 64  # questions that may wait for a language model


@dataclass(frozen=True)
class TextPart:
    """A piece of the checked text."""

    text: str


def ask(question: str, *, conversation: str | None = None, language: Language | None = None) -> Answer:
    """Answer one question. `conversation` is an opaque id for follow-ups; None means no memory."""
    _text("conversation", conversation or "")
    return answer(question, conversation_of(conversation), language)


def answer(question: str, memory: Conversation, language: Language | None = None, id: str | None = None) -> Answer:
    """One turn of a conversation that the caller holds."""
    started = time.perf_counter()
    _text("question", question)
    if language not in (None, "en", "fr"):
        raise InvalidInput(field="language", value=str(language)[:60], allowed="use en or fr, or leave it out")
    question = question.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written anywhere
    turn = _turn(question, memory, language)
    made = _answer(turn, id or uuid.uuid4().hex, memory, time.perf_counter() - started)
    return memory.remember(question, turn.state, made)


def _text(field: str, said: object) -> None:
    """A host may be given anything by its model."""
    if not isinstance(said, str):
        raise InvalidInput(field=field, value=str(said)[:60], allowed="use text")


def _turn(question: str, memory: Conversation, language: Language | None) -> Turn:
    if with_model():
        from aitoll.agent.llm.turn import take_turn as ask_model

        return ask_model(question, memory.last(), language, memory.questions())
    return take_turn(question, memory.last(), language, memory.questions())


def with_model() -> bool:
    """Whether a language model is set; settings are read only where one can be, for they cost more than a question."""
    if not os.environ.get("AITOLL_MODEL") and not Path(".env").exists():
        return False
    from aitoll.settings import settings

    return bool(settings().model) and settings().planner != "rules"


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
        model=turn.model,
        usage=turn.usage,
        elapsed_ms=round(elapsed_s * 1e3, 3),
    )


async def aask(question: str, *, conversation: str | None = None, language: Language | None = None) -> Answer:
    """The same, without blocking the event loop."""
    import asyncio
    from contextvars import copy_context

    asked = partial(copy_context().run, ask, question, conversation=conversation, language=language)
    return await asyncio.get_running_loop().run_in_executor(_waiting() if with_model() else None, asked)


@cache
def _waiting() -> ThreadPoolExecutor:
    """Threads that wait for a language model: more than the loop's own few, which computing would fill."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aitoll-ask")


async def stream(
    question: str, *, conversation: str | None = None, language: Language | None = None
) -> AsyncIterator[Progress | TextPart | Answer]:
    """Progress, then the checked text piece by piece, the Answer last. Nothing that was shown is taken back."""
    import asyncio

    told: asyncio.Queue[Progress | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    yield Progress("working")
    with listening(lambda progress: loop.call_soon_threadsafe(told.put_nowait, progress)):
        asked = asyncio.ensure_future(aask(question, conversation=conversation, language=language))
    asked.add_done_callback(lambda _: told.put_nowait(None))
    while (progress := await told.get()) is not None:
        yield progress
    made = await asked
    for part in made.text.splitlines(keepends=True):
        yield TextPart(part)
    yield made


def calculate(name: str, /, language: Language = "en", **inputs: Any) -> list[Figure]:
    """Run one calculator by itself; a number may be a pair (low, high). AitollError where an input cannot be."""
    found = registry.calculate(name, **inputs)
    ledger = Ledger(language)
    for estimate in found:
        ledger.add(estimate)
    return ledger.finish("")[2]
