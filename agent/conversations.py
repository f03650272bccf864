"""What was said before: one store for both planners and every surface, in the one database; nothing without an id."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer

log = logging.getLogger(__name__)
LONGEST_ID = 200


class Conversation(Protocol):
    """What a turn needs of the turns before it."""

    id: str | None

    def last(self) -> dict[str, Any] | None: ...
    def questions(self) -> list[str]: ...
    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> Answer: ...


class InMemory:
    """A conversation that ends with its process, bounded in turns: one line of a batch, a question without an id."""

    def __init__(self, id: str | None = None) -> None:
        from aitoll.settings import settings

        self.id = id
        self._turns: deque[tuple[str, dict[str, Any] | None]] = deque(maxlen=settings().history_turns)

    def last(self) -> dict[str, Any] | None:
        return self._turns[-1][1] if self._turns else None

    def questions(self) -> list[str]:
        return [question for question, _ in self._turns]

    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> Answer:
        self._turns.append((question, state))
        return answer


class Kept:
    """A conversation in the database, bounded in turns and in days. A turn reads it once and writes it once."""

    def __init__(self, id: str, turns: int, days: float) -> None:
        self.id: str | None = id.encode("utf-8", "replace").decode()
        self._key, self._turns, self._days = key_of(id), turns, days
        self._before: list[tuple[str, str | None]] | None = None
        self._fault: StoreFault | None = None

    def last(self) -> dict[str, Any] | None:
        before = self._read()
        return json.loads(before[0][1]) if before and before[0][1] else None

    def questions(self) -> list[str]:
        return [question for question, _ in reversed(self._read())]

    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> Answer:
        """The answer as it is given: with a warning where the database is out of reach, for then it stands by itself."""
        if self._turns and self._days and not self._fault:
            try:
                self._write(question, json.dumps(state) if state is not None else None, answer)
            except StoreFault as fault:
                self._fault = fault
        if not self._fault:
            return answer
        from aitoll.agent.texts import sentence

        log.error("conversation not kept: %s", self._fault)
        return answer.model_copy(update={"warnings": [*answer.warnings, sentence("not_kept", answer.language)]})

    def _read(self) -> list[tuple[str, str | None]]:
        """Question and state of the turns before, newest first; none where the database is out of reach."""
        if self._before is None:
            try:
                self._before = self._found()
            except StoreFault as fault:
                self._before, self._fault = [], fault
        return self._before

    def _found(self) -> list[tuple[str, str | None]]:
        from aitoll.agent.database import database

        rows = database().rows(
            "SELECT question, state FROM turns WHERE conversation = ? AND asked >= ? ORDER BY number DESC LIMIT ?",
            *(self._key, time.time() - 86_400 * self._days, self._turns),
        )
        return [(question, state) for question, state in rows]

    def _write(self, question: str, state: str | None, answer: Answer) -> None:
        from aitoll.agent.database import database
        from aitoll.agent.retention import sweep_now_and_then
        from aitoll.agent.schema import packed

        with database().writing() as step:
            step.changed(
                "INSERT INTO turns (conversation, asked, question, state, answer) VALUES (?, ?, ?, ?, ?)",
                *(self._key, time.time(), question, state, packed(answer.model_dump_json())),
            )
            if self._before is None or len(self._before) >= self._turns:
                step.changed(
                    "DELETE FROM turns WHERE conversation = ? AND number <= "
                    "(SELECT number FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                    *(self._key, self._key, self._turns),
                )
        self._before = None
        sweep_now_and_then()


def key_of(id: str) -> str:
    """The id as it is kept: itself, or a digest where it is too long or holds what no database can."""
    if len(id) <= LONGEST_ID and id.isprintable():
        return id
    return f"sha256-{hashlib.sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def conversation_of(id: str | None) -> Conversation:
    if not id:
        return InMemory()
    from aitoll.settings import settings

    found = settings()
    return Kept(id, found.history_turns, found.history_days)


def kept() -> list[tuple[str, int, float]]:
    """Every conversation with its number of turns and when it was last used."""
    from aitoll.agent.database import database
    from aitoll.agent.retention import oldest

    rows = database().rows(
        "SELECT conversation, COUNT(*), MAX(asked) FROM turns WHERE asked >= ? GROUP BY conversation ORDER BY MAX(asked) DESC", oldest()
    )
    return [(str(id), int(turns), float(last)) for id, turns, last in rows]


def export(id: str) -> list[dict[str, Any]]:
    """The turns of a conversation, oldest first, each with its Answer."""
    from aitoll.agent.database import database
    from aitoll.agent.retention import oldest
    from aitoll.agent.schema import unpacked

    rows = database().rows("SELECT answer FROM turns WHERE conversation = ? AND asked >= ? ORDER BY number", key_of(id), oldest())
    return [json.loads(unpacked(row[0])) for row in rows]


def delete(id: str | None = None) -> int:
    """Delete one conversation, or all, with the feedback and the links that hang on it; how many turns went."""
    from aitoll.agent.retention import forget, forget_everything

    return forget(key_of(id)) if id else forget_everything()
