"""One turn with a language model; the rules finish it where the model does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.rules import turn as rules

if TYPE_CHECKING:
    from aitoll.agent.answer import Language


def take_turn(question: str, before: dict[str, Any] | None, language: Language | None, earlier: list[str]) -> rules.Turn:
    return rules.take_turn(question, before, language, earlier)
