"""The tables of the database, version by version, in SQLite's words; and what files of before had versions are taken over from."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aitoll.agent.database import Step, Value

#: step n brings a database from version n to n + 1; a step that was released never changes
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE turns (
            number INTEGER PRIMARY KEY, conversation TEXT NOT NULL, asked REAL NOT NULL, question TEXT NOT NULL, state TEXT,
            answer BLOB NOT NULL)""",
        "CREATE INDEX turns_of_one ON turns (conversation, number)",
        "CREATE INDEX turns_by_age ON turns (asked)",
        """CREATE TABLE feedback (
            owner TEXT NOT NULL, person TEXT NOT NULL, answer TEXT NOT NULL, said REAL NOT NULL, thumb TEXT NOT NULL,
            reason TEXT NOT NULL, conversation TEXT, PRIMARY KEY (owner, person, answer))""",
        """CREATE TABLE links (
            token TEXT PRIMARY KEY, owner TEXT NOT NULL, made REAL NOT NULL, conversation TEXT, answer_id TEXT NOT NULL,
            answer BLOB NOT NULL)""",
        "CREATE INDEX links_of_one ON links (owner, answer_id)",
        "CREATE TABLE spending (caller TEXT NOT NULL, day TEXT NOT NULL, usd REAL NOT NULL, PRIMARY KEY (caller, day))",
        """CREATE TABLE slack_jobs (
            key TEXT PRIMARY KEY, kind TEXT NOT NULL, team TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL,
            person TEXT NOT NULL, conversation TEXT NOT NULL DEFAULT '', body TEXT NOT NULL, ordered TEXT NOT NULL, kept REAL NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting', not_before REAL NOT NULL DEFAULT 0, lease REAL NOT NULL DEFAULT 0,
            worker TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, answer_id TEXT NOT NULL DEFAULT '', answer BLOB,
            messages TEXT, posted TEXT NOT NULL DEFAULT '[]', ending TEXT NOT NULL DEFAULT 'done', stream TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX slack_jobs_open ON slack_jobs (state, channel, ordered)",
        "CREATE INDEX slack_jobs_thread ON slack_jobs (channel, thread, person)",
        "CREATE INDEX slack_jobs_answer ON slack_jobs (answer_id)",
        "CREATE INDEX slack_jobs_conversation ON slack_jobs (conversation)",
        """CREATE TABLE slack_installations (
            enterprise TEXT NOT NULL, team TEXT NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (enterprise, team))""",
        "CREATE TABLE slack_states (state TEXT PRIMARY KEY, issued REAL NOT NULL)",
    ),
    ("CREATE TABLE allowances (who TEXT PRIMARY KEY, amount REAL NOT NULL, at REAL NOT NULL)",),
    ("CREATE TABLE looks (what TEXT PRIMARY KEY, at REAL NOT NULL)",),
)


def upgrade(step: Step, former: Path | None) -> None:
    """Bring the tables to this version, in the one transaction that holds the lock; StoreFault where they are of a later one."""
    step.create("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    rows = step.rows("SELECT version FROM schema_version")
    found = int(rows[0][0]) if rows else 0
    if found > len(STEPS):
        raise StoreFault(detail=f"the database is of a later aitoll (version {found}, this one knows {len(STEPS)}): upgrade aitoll")
    for statement in (statement for part in STEPS[found:] for statement in part):
        step.create(statement)
    if not rows:
        step.changed("INSERT INTO schema_version VALUES (?)", len(STEPS))
        if former:
            _take_over(step, former)
    elif found < len(STEPS):
        step.changed("UPDATE schema_version SET version = ?", len(STEPS))


def packed(text: str) -> bytes:
    """A long text as it is kept: an Answer shrinks to a third."""
    return zlib.compress(text.encode(), 1)


def unpacked(kept: bytes) -> str:
    return zlib.decompress(kept).decode()


# Before there was one file

_TURNS = "SELECT conversation, asked, question, state, answer FROM turns ORDER BY conversation, number"
_JOBS = "key, kind, team, channel, thread, person, body, ordered, kept, state, not_before, attempts, answer_id, posted, ending, stream"
_FORMER: dict[str, dict[str, tuple[str, str, Callable[[tuple[Value, ...]], tuple[Value, ...]]]]] = {
    "conversations.sqlite3": {
        "turns": (_TURNS, "conversation, asked, question, state, answer", lambda row: (*row[:4], packed(str(row[4])))),
        "feedback": (
            "SELECT owner, '', answer, said, thumb, reason, conversation FROM feedback",
            "owner, person, answer, said, thumb, reason, conversation",
            lambda row: row,
        ),
        "links": (
            "SELECT token, owner, made, conversation, answer_id, answer FROM links",
            "token, owner, made, conversation, answer_id, answer",
            lambda row: (*row[:5], packed(str(row[5]))),
        ),
    },
    "spending.sqlite3": {"spending": ("SELECT caller, day, usd FROM spending", "caller, day, usd", lambda row: row)},
    "slack.sqlite3": {
        "slack_jobs": (
            f"SELECT {_JOBS}, messages, COALESCE(json_extract(body, '$.conversation'), ''), answer FROM slack_jobs",  # noqa: S608
            f"{_JOBS}, messages, conversation, answer",
            lambda row: (*row[:-1], packed(str(row[-1])) if row[-1] else None),
        ),
        "slack_installations": (
            "SELECT enterprise, team, sealed FROM slack_installations",
            "enterprise, team, sealed",
            lambda row: row,
        ),
        "slack_feedback": (
            "SELECT 'slack:' || team, person, answer_id, given, vote, '', NULL FROM slack_feedback",
            "owner, person, answer, said, thumb, reason, conversation",
            lambda row: row,
        ),
    },
}


def _take_over(step: Step, folder: Path) -> None:
    for name, tables in _FORMER.items():
        if (folder / name).exists():
            with closing(sqlite3.connect(folder / name, timeout=10)) as old:
                present = {row[0] for row in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if "slack_jobs" in present:
                    _mend_jobs(old)
                for table, (read, columns, new) in tables.items():
                    if table in present:
                        _copy(step, map(new, old.execute(read)), "feedback" if table == "slack_feedback" else table, columns)


def _mend_jobs(old: sqlite3.Connection) -> None:
    """The first version had no `stream`."""
    if "stream" not in {row[1] for row in old.execute("PRAGMA table_info(slack_jobs)")}:
        old.execute("ALTER TABLE slack_jobs ADD COLUMN stream TEXT NOT NULL DEFAULT ''")


def _copy(step: Step, rows: Iterator[tuple[Value, ...]], table: str, columns: str) -> None:
    marks = ", ".join("?" for _ in columns.split(","))
    for row in rows:
        step.changed(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row)  # noqa: S608 (our own names)


def discard_former(folder: Path) -> None:
    """The files that were taken over, once that is written: what is deleted later must not live on in them."""
    for name in _FORMER:
        for ending in ("", "-wal", "-shm"):
            (folder / f"{name}{ending}").unlink(missing_ok=True)
