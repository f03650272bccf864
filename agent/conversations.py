"""What was said before: one store for both planners and every surface. SQLite in AITOLL_HOME; nothing without an id."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aitoll.agent.answer import Answer

LONGEST_ID = 200
SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL, number INTEGER NOT NULL, asked REAL NOT NULL, question TEXT NOT NULL, state TEXT, answer TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
);
CREATE INDEX IF NOT EXISTS turns_by_age ON turns (asked);
"""


class Conversation(Protocol):
    """What a turn needs of the turns before it."""

    id: str | None

    def last(self) -> dict[str, Any] | None: ...
    def questions(self) -> list[str]: ...
    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> None: ...


class InMemory:
    """A conversation that ends with its process: one line of a batch, a question without an id."""

    def __init__(self, id: str | None = None) -> None:
        self.id = id
        self._state: dict[str, Any] | None = None
        self._questions: list[str] = []

    def last(self) -> dict[str, Any] | None:
        return self._state

    def questions(self) -> list[str]:
        return list(self._questions)

    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> None:  # noqa: ARG002 (nothing is exported from here)
        self._state = state
        self._questions.append(question)


class Kept:
    """A conversation in the store, bounded in turns and in days."""

    def __init__(self, id: str, path: Path, turns: int, days: int) -> None:
        self.id: str | None = id
        self._path, self._turns, self._days = path, turns, days

    def last(self) -> dict[str, Any] | None:
        with opened(self._path) as store:
            row = store.execute("SELECT state FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT 1", (self.id,)).fetchone()
        return json.loads(row[0]) if row and row[0] else None

    def questions(self) -> list[str]:
        with opened(self._path) as store:
            rows = store.execute(
                "SELECT question FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT ?", (self.id, self._turns)
            ).fetchall()
        return [row[0] for row in reversed(rows)]

    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> None:
        kept = json.dumps(state) if state is not None else None
        with opened(self._path) as store:
            store.execute("DELETE FROM turns WHERE asked < ?", (time.time() - 86_400 * self._days,))
            store.execute(
                "INSERT INTO turns SELECT ?, 1 + COALESCE(MAX(number), 0), ?, ?, ?, ? FROM turns WHERE conversation = ?",
                (self.id, time.time(), question, kept, answer.model_dump_json(), self.id),
            )
            store.execute(
                "DELETE FROM turns WHERE conversation = ? AND number <= (SELECT MAX(number) FROM turns WHERE conversation = ?) - ?",
                (self.id, self.id, self._turns),
            )


def conversation_of(id: str | None) -> Conversation:
    if not id:
        return InMemory()
    from aitoll.settings import settings

    found = settings()
    return Kept(id[:LONGEST_ID], database(), found.history_turns, found.history_days)


def database() -> Path:
    from aitoll.settings import settings

    return settings().home / "conversations.sqlite3"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The store, made on first use; StoreFault where it cannot be read or written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=10)) as store, store:
            store.execute("PRAGMA journal_mode = WAL")
            store.executescript(SCHEMA)
            yield store
    except (OSError, sqlite3.Error) as error:
        raise StoreFault(detail=f"conversations in {path.name}: {error}") from error


def kept() -> list[tuple[str, int, float]]:
    """Every conversation with its number of turns and when it was last used."""
    with opened(database()) as store:
        rows: list[tuple[str, int, float]] = store.execute(
            "SELECT conversation, COUNT(*), MAX(asked) FROM turns GROUP BY conversation ORDER BY MAX(asked) DESC"
        ).fetchall()
    return rows


def export(id: str) -> list[dict[str, Any]]:
    """The turns of a conversation, oldest first, each with its Answer."""
    with opened(database()) as store:
        rows = store.execute("SELECT answer FROM turns WHERE conversation = ? ORDER BY number", (id,)).fetchall()
    return [json.loads(row[0]) for row in rows]


def delete(id: str | None = None) -> int:
    """Delete one conversation, or all; how many turns went."""
    with opened(database()) as store:
        gone = store.execute("DELETE FROM turns WHERE conversation = ?", (id,)) if id else store.execute("DELETE FROM turns")
        return gone.rowcount
