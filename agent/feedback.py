"""Thumbs up or down with a reason, and links to single answers: kept beside the conversations, as many days as they."""

from __future__ import annotations

import secrets
import time
from typing import Any, Literal

from aitoll.agent.database import database
from aitoll.agent.retention import oldest
from aitoll.agent.schema import packed, unpacked

Thumb = Literal["up", "down"]
COLUMNS = ("answer", "thumb", "reason", "conversation", "said")


def say(owner: str, answer: str, thumb: Thumb, reason: str = "", conversation: str | None = None, *, person: str = "") -> None:
    """One word for each answer, of each person where an owner is many; a later one replaces it."""
    database().changed(
        "INSERT INTO feedback (owner, person, answer, said, thumb, reason, conversation) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (owner, person, answer) DO UPDATE SET "
        "said = excluded.said, thumb = excluded.thumb, reason = excluded.reason, conversation = excluded.conversation",
        *(owner, person, answer, time.time(), thumb, reason, conversation),
    )


def said(owner: str) -> list[dict[str, Any]]:
    """What this owner said, newest first."""
    rows = database().rows(
        f"SELECT {', '.join(COLUMNS)} FROM feedback WHERE owner = ? AND said >= ? ORDER BY said DESC",  # noqa: S608 (constants)
        *(owner, oldest()),
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def counts() -> dict[str, int]:
    """How many thumbs of each kind are kept."""
    rows = database().rows("SELECT thumb, COUNT(*) FROM feedback WHERE said >= ? GROUP BY thumb", oldest())
    return {str(thumb): int(count) for thumb, count in rows}


def link(owner: str, conversation: str | None, answer_id: str, answer: str) -> str:
    """A name for one answer that nobody can guess; who holds it may read that answer."""
    with database().writing(serial=f"links of {owner}") as step:
        rows = step.rows("SELECT token FROM links WHERE owner = ? AND answer_id = ?", owner, answer_id)
        token = str(rows[0][0]) if rows else secrets.token_urlsafe(18)
        if not rows:
            step.changed(
                "INSERT INTO links (token, owner, made, conversation, answer_id, answer) VALUES (?, ?, ?, ?, ?, ?)",
                *(token, owner, time.time(), conversation, answer_id, packed(answer)),
            )
    return token


def linked(token: str) -> str | None:
    """The Answer behind a link, as JSON."""
    rows = database().rows("SELECT answer FROM links WHERE token = ? AND made >= ?", token, oldest())
    return unpacked(rows[0][0]) if rows else None
