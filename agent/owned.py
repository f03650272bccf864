"""Conversations of one principal (a key, a session, a Slack user): an id reaches only who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer as answer_turn
from aitoll.agent.caller import acting_as
from aitoll.agent.conversations import InMemory, conversation_of, delete, export
from aitoll.agent.database import database
from aitoll.agent.retention import STARTS_WITH, beginning, forget_owner, oldest
from aitoll.tools.errors import InvalidInput

if TYPE_CHECKING:
    from aitoll.agent.answer import Language
    from aitoll.agent.conversations import Conversation

LONGEST_ID = 120
MOST_LISTED = 200
LISTED = f"""
SELECT one.conversation, one.turns, one.last_used, turns.question FROM (
    SELECT conversation, COUNT(*) AS turns, MAX(asked) AS last_used, MIN(number) AS first FROM turns
    WHERE {STARTS_WITH} AND asked >= ? GROUP BY conversation ORDER BY MAX(asked) DESC LIMIT ?) AS one
JOIN turns ON turns.number = one.first ORDER BY one.last_used DESC"""  # noqa: S608 (constants)


def _own(owner: str, id: str) -> str:
    if not id or len(id) > LONGEST_ID:
        raise InvalidInput(field="conversation", value=f"an id of {len(id)} characters", allowed=f"use 1 to {LONGEST_ID} characters")
    if not id.isprintable():  # a lone surrogate could not even be written
        raise InvalidInput(field="conversation", value="an id with characters that cannot be seen", allowed="use printable characters")
    return f"{owner}/{id}"


def memory_of(owner: str, conversation: str) -> Conversation:
    """What is kept of one conversation of this owner, to go on with."""
    return conversation_of(_own(owner, conversation))


def ask_owned(owner: str, question: str, conversation: str | None, language: Language | None) -> Answer:
    """One turn of a conversation of this owner; the Answer names it as its owner does."""
    memory = memory_of(owner, conversation) if conversation is not None else InMemory()
    with acting_as(owner):
        return answer_turn(question, memory, language).model_copy(update={"conversation": conversation})


def listed(owner: str) -> list[dict[str, Any]]:
    """Conversations of this owner, last used first, each with its first question."""
    rows = database().rows(LISTED, *beginning(f"{owner}/"), oldest(), MOST_LISTED)
    names = ("id", "turns", "last_used", "first_question")
    return [dict(zip(names, (row[0].removeprefix(f"{owner}/"), *row[1:]), strict=True)) for row in rows]


def turns(owner: str, conversation: str) -> list[Answer]:
    """The Answers of one conversation, oldest first; empty where this owner has none of that name."""
    found = [Answer.model_validate(one) for one in export(_own(owner, conversation))]
    return [one.model_copy(update={"conversation": conversation}) for one in found]


def forget(owner: str, conversation: str | None = None) -> int:
    """Delete one conversation of this owner, or all, with what hangs on them; how many turns went."""
    return forget_owner(owner) if conversation is None else delete(_own(owner, conversation))
