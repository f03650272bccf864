"""Thumbs up or down with a reason, and links to single answers: kept beside the conversations, as many days as they."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from aitoll.agent.conversations import database, opened
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

Thumb = Literal["up", "down"]
SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    owner TEXT NOT NULL, answer TEXT NOT NULL, said REAL NOT NULL, thumb TEXT NOT NULL, reason TEXT NOT NULL, conversation TEXT,
    PRIMARY KEY (owner, answer)
);
CREATE TABLE IF NOT EXISTS links (
    token TEXT PRIMARY KEY, owner TEXT NOT NULL, made REAL NOT NULL, conversation TEXT, answer_id TEXT NOT NULL, answer TEXT NOT NULL
);
"""


@contextmanager
def _store() -> Iterator[sqlite3.Connection]:
    """The store without what is too old to be kept."""
    from aitoll.settings import settings

    oldest = time.time() - 86_400 * settings().history_days
    with opened(database()) as store:
        try:
            store.executescript(SCHEMA)
            store.execute("DELETE FROM feedback WHERE said < ?", (oldest,))
            store.execute("DELETE FROM links WHERE made < ?", (oldest,))
            yield store
        except sqlite3.Error as error:
            raise StoreFault(detail=f"feedback: {error}") from error


def say(owner: str, answer: str, thumb: Thumb, reason: str = "", conversation: str | None = None) -> None:
    """One word for each answer; a later one replaces it."""
    with _store() as store:
        store.execute(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?)", (owner, answer, time.time(), thumb, reason, conversation)
        )


def said(owner: str) -> list[dict[str, Any]]:
    """What this owner said, newest first."""
    with _store() as store:
        rows = store.execute(
            "SELECT answer, thumb, reason, conversation, said FROM feedback WHERE owner = ? ORDER BY said DESC", (owner,)
        ).fetchall()
    return [dict(zip(("answer", "thumb", "reason", "conversation", "said"), row, strict=True)) for row in rows]


def link(owner: str, conversation: str | None, answer_id: str, answer: str) -> str:
    """A name for one answer that nobody can guess; who holds it may read that answer."""
    with _store() as store:
        row = store.execute("SELECT token FROM links WHERE owner = ? AND answer_id = ?", (owner, answer_id)).fetchone()
        token = str(row[0]) if row else secrets.token_urlsafe(18)
        if not row:
            store.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", (token, owner, time.time(), conversation, answer_id, answer))
    return token


def linked(token: str) -> str | None:
    """The Answer behind a link, as JSON."""
    with _store() as store:
        row = store.execute("SELECT answer FROM links WHERE token = ?", (token,)).fetchone()
    return str(row[0]) if row else None


def forget(owner: str, conversation: str | None = None) -> None:
    """What hangs on a conversation, or all of an owner's."""
    with _store() as store:
        for table in ("feedback", "links"):
            if conversation is None:
                store.execute(f"DELETE FROM {table} WHERE owner = ?", (owner,))  # noqa: S608 (our own two names)
            else:
                store.execute(f"DELETE FROM {table} WHERE owner = ? AND conversation = ?", (owner, conversation))  # noqa: S608
