"""How long anything is kept, and what goes with what: a conversation takes its feedback, its links and its Slack rows along."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aitoll.agent.database import database

if TYPE_CHECKING:
    from aitoll.agent.database import Step, Value

EVERY_S, EVERY_TURNS = 600.0, 1_000
MOST_CONVERSATIONS = 1_000  # of one key, session or Slack workspace; those of a program that embeds aitoll are its own affair
_AGED = {"turns": "asked", "feedback": "said", "links": "made"}
_ENDED = "('done', 'failed', 'dropped')"
_BLANK = f"UPDATE slack_jobs SET body = '{{}}', answer = NULL, messages = NULL WHERE state IN {_ENDED} AND "  # noqa: S608 (constants)
STARTS_WITH = "conversation >= ? AND conversation < ?"
DELETE_TURNS = f"DELETE FROM turns WHERE {STARTS_WITH}"  # noqa: S608 (constants)
_due = threading.Lock()
_last: dict[str, float] = {"swept": 0.0, "turns": 0.0}


def oldest() -> float:
    """Nothing asked or said before this time is shown any more."""
    from aitoll.settings import settings

    return time.time() - 86_400 * settings().history_days


def sweep_now_and_then() -> None:
    """Called at each turn; sweeps every ten minutes, or every thousand turns of this process."""
    with _due:
        _last["turns"] += 1
        if _last["turns"] < EVERY_TURNS and time.monotonic() - _last["swept"] < EVERY_S:
            return
        _last.update(swept=time.monotonic(), turns=0.0)
    sweep()


def sweep() -> None:
    """Delete what is too old, and what one principal has too much of."""
    from aitoll.settings import settings

    with database().writing(serial="looks") as step:
        gone = 0
        if now := agreed_time(step, "turns"):
            before = now - 86_400 * settings().history_days
            gone = sum(step.changed(f"DELETE FROM {table} WHERE {column} < ?", before) for table, column in _AGED.items())  # noqa: S608
            step.changed("DELETE FROM spending WHERE day < ?", datetime.fromtimestamp(now - 172_800, UTC).date().isoformat())
            step.changed("DELETE FROM allowances WHERE at < ?", now - 3_600)
        gone += _too_many(step)
    if gone > EVERY_TURNS:
        database().shrink()


def agreed_time(step: Step, what: str) -> float:
    """The earlier of the clock now and at the last look at this, ten minutes ago or more; 0 where there was none yet.

    What is deleted does not come back: a clock that leaps ahead, and is put right within ten minutes, must delete nothing.
    """
    now = time.time()
    rows = step.rows("SELECT at FROM looks WHERE what = ?", what)
    last = float(rows[0][0]) if rows else 0.0
    if last <= now < last + EVERY_S:
        return 0.0
    step.changed("INSERT INTO looks VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET at = excluded.at", what, now)
    return min(now, last)


def _too_many(step: Step) -> int:
    """The conversations of each owner that were used longest ago, beyond what one may have."""
    owners: dict[str, int] = {}
    gone = 0
    for (id,) in step.rows("SELECT conversation FROM turns GROUP BY conversation ORDER BY MAX(number) DESC"):
        owner, slash, _ = id.partition("/")
        if slash:
            owners[owner] = owners.get(owner, 0) + 1
            if owners[owner] > MOST_CONVERSATIONS:
                gone += _forget(step, id)
    return gone


def forget(id: str) -> int:
    """One conversation; how many turns went."""
    with database().writing() as step:
        return _forget(step, id)


def _forget(step: Step, id: str) -> int:
    owner, _, name = id.partition("/")
    for table in ("feedback", "links"):
        step.changed(f"DELETE FROM {table} WHERE owner = ? AND conversation = ?", owner, name)  # noqa: S608 (our own two names)
    step.changed(f"{_BLANK} conversation = ?", id)
    return step.changed("DELETE FROM turns WHERE conversation = ?", id)


def forget_owner(owner: str) -> int:
    """Everything of a key or a session; how many turns went."""
    with database().writing() as step:
        for table in ("feedback", "links"):
            step.changed(f"DELETE FROM {table} WHERE owner = ?", owner)  # noqa: S608
        return step.changed(DELETE_TURNS, *beginning(f"{owner}/"))


def forget_everything() -> int:
    with database().writing() as step:
        for table in ("feedback", "links"):
            step.changed(f"DELETE FROM {table}")  # noqa: S608
        step.changed(f"{_BLANK} 1 = 1")
        return step.changed("DELETE FROM turns")


def beginning(prefix: str) -> tuple[Value, Value]:
    """For STARTS_WITH: the ids that begin so."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
