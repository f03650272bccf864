"""Conversations of one principal (a key, a session, a Slack user): an id reaches only who made it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aitoll.agent import feedback
from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer as answer_turn
from aitoll.agent.caller import acting_as
from aitoll.agent.conversations import InMemory, conversation_of, database, delete, export, opened
from aitoll.tools.errors import InvalidInput

if TYPE_CHECKING:
    from aitoll.agent.answer import Language

LONGEST_ID = 120


def _own(owner: str, id: str) -> str:
    if not id or len(id) > LONGEST_ID:
        raise InvalidInput(field="conversation", value=f"an id of {len(id)} characters", allowed=f"use 1 to {LONGEST_ID} characters")
    if not id.isprintable():  # a lone surrogate could not even be written
        raise InvalidInput(field="conversation", value="an id with characters that cannot be seen", allowed="use printable characters")
    return f"{owner}/{id}"


def ask_owned(owner: str, question: str, conversation: str | None, language: Language | None) -> Answer:
    """One turn of a conversation of this owner; the Answer names it as its owner does."""
    memory = conversation_of(_own(owner, conversation)) if conversation is not None else InMemory()
    with acting_as(owner):
        return answer_turn(question, memory, language).model_copy(update={"conversation": conversation})


def listed(owner: str) -> list[dict[str, Any]]:
    """Conversations of this owner, last used first, each with its first question."""
    with opened(database()) as store:
        store.execute("DELETE FROM turns WHERE asked < ?", (_oldest(),))
        rows = store.execute(
            "SELECT conversation, COUNT(*), MAX(asked), MIN(number) FROM turns WHERE conversation >= ? AND conversation < ? "
            "GROUP BY conversation ORDER BY MAX(asked) DESC LIMIT 200",
            (f"{owner}/", f"{owner}0"),
        ).fetchall()
        firsts = [
            store.execute("SELECT question FROM turns WHERE conversation = ? AND number = ?", (row[0], row[3])).fetchone() for row in rows
        ]
    return [
        {"id": row[0].removeprefix(f"{owner}/"), "turns": row[1], "last_used": row[2], "first_question": first[0] if first else ""}
        for row, first in zip(rows, firsts, strict=True)
    ]


def _oldest() -> float:
    from aitoll.settings import settings

    return time.time() - 86_400 * settings().history_days


def turns(owner: str, conversation: str) -> list[Answer]:
    """The Answers of one conversation, oldest first; empty where this owner has none of that name."""
    found = [Answer.model_validate(one) for one in export(_own(owner, conversation))]
    return [one.model_copy(update={"conversation": conversation}) for one in found]


def one_turn(owner: str, conversation: str, id: str) -> Answer | None:
    return next((one for one in turns(owner, conversation) if one.id == id), None)


def forget(owner: str, conversation: str | None = None) -> int:
    """Delete one conversation of this owner, or all; how many turns went."""
    names = [conversation] if conversation is not None else [one["id"] for one in listed(owner)]
    gone = sum(delete(_own(owner, name)) for name in names)
    feedback.forget(owner, conversation)
    return gone
