"""What Slack asked of us and how far each answer is: one row an event, kept before it is acknowledged, taken by one worker at a time.

A row goes waiting → made → posting → done (or failed, or dropped). `posting` says that a message may be out: whoever takes such a row
looks in the thread before posting. A channel is one queue: its oldest row first, and none while another of its rows is in work.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

State = Literal["waiting", "made", "posting", "done", "failed", "dropped"]
OPEN = "('waiting', 'made', 'posting')"
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS slack_jobs (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, team TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL, person TEXT NOT NULL,
        body TEXT NOT NULL, ordered TEXT NOT NULL, kept REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
        not_before REAL NOT NULL DEFAULT 0, lease REAL NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        answer_id TEXT NOT NULL DEFAULT '', answer TEXT, messages TEXT, posted TEXT NOT NULL DEFAULT '[]',
        ending TEXT NOT NULL DEFAULT 'done', stream TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS slack_jobs_open ON slack_jobs (state, channel, ordered)",
    "CREATE INDEX IF NOT EXISTS slack_jobs_thread ON slack_jobs (channel, thread, person)",
    "CREATE INDEX IF NOT EXISTS slack_jobs_answer ON slack_jobs (answer_id)",
    """CREATE TABLE IF NOT EXISTS slack_installations (
        enterprise TEXT NOT NULL, team TEXT NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (enterprise, team))""",
    "CREATE TABLE IF NOT EXISTS slack_states (state TEXT PRIMARY KEY, issued REAL NOT NULL)",
    """CREATE TABLE IF NOT EXISTS slack_feedback (
        answer_id TEXT NOT NULL, team TEXT NOT NULL, person TEXT NOT NULL, vote TEXT NOT NULL, given REAL NOT NULL,
        PRIMARY KEY (answer_id, person))""",
)
CLAIM = f"""
SELECT key FROM slack_jobs AS job WHERE state IN {OPEN} AND not_before <= ? AND lease < ? AND NOT EXISTS (
    SELECT 1 FROM slack_jobs AS other WHERE other.channel = job.channel AND other.state IN {OPEN} AND other.key <> job.key
    AND (other.lease >= ? OR (other.not_before > ? AND other.ordered < job.ordered)))
ORDER BY ordered LIMIT 1"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Job:
    """One thing to answer, and how far it is."""

    key: str
    kind: str  # message, command, recompute, share
    team: str
    channel: str
    thread: str  # empty: no thread, the answer goes to the command's own address
    person: str
    body: dict[str, Any]
    ordered: str = ""
    state: State = "waiting"
    attempts: int = 0
    answer_id: str = ""
    answer: str | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    ending: Literal["done", "failed"] = "done"
    kept: float = 0.0
    stream: str = ""  # a message of ours that grows while the answer is made


class Store:
    """SQLite in one file, for any number of threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            open_ = self._connection()
            open_.execute("BEGIN IMMEDIATE")
            try:
                yield open_
            except BaseException:
                open_.execute("ROLLBACK")
                raise
            open_.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise StoreFault(detail=f"Slack events in {self.path.name}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._own, "connection"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            made = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            made.execute("PRAGMA journal_mode = WAL")
            for statement in SCHEMA:
                made.execute(statement)
            self._own.connection = made
        found: sqlite3.Connection = self._own.connection
        return found

    def run(self, statement: str, *values: object) -> list[Any]:
        """One statement by itself; its rows."""
        with self._transaction() as open_:
            return open_.execute(statement, values).fetchall()

    def changed(self, statement: str, *values: object) -> int:
        """One statement by itself; how many rows it changed."""
        with self._transaction() as open_:
            return open_.execute(statement, values).rowcount

    # What comes in

    def keep(self, job: Job) -> bool:
        """Keep what is to be answered; False where it is known already."""
        values = (job.key, job.kind, job.team, job.channel, job.thread, job.person, json.dumps(job.body), job.ordered, time.time())
        return bool(
            self.changed(
                "INSERT INTO slack_jobs (key, kind, team, channel, thread, person, body, ordered, kept) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                *values,
            )
        )

    def edit(self, key: str, text: str) -> bool:
        """A question edited before its answer was made."""
        with self._transaction() as open_:
            row = open_.execute("SELECT body FROM slack_jobs WHERE key = ? AND state = 'waiting' AND worker = ''", (key,)).fetchone()
            if row:
                body = json.dumps({**json.loads(row[0]), "text": text})
                open_.execute("UPDATE slack_jobs SET body = ? WHERE key = ?", (body, key))
            return bool(row)

    def drop(self, key: str) -> bool:
        """A question deleted before its answer went out."""
        return bool(self.changed("UPDATE slack_jobs SET state = 'dropped' WHERE key = ? AND state IN ('waiting', 'made')", key))

    def asked_in(self, channel: str, thread: str, person: str) -> bool:
        """Whether this person has asked us something in this thread."""
        found = self.run("SELECT 1 FROM slack_jobs WHERE channel = ? AND thread = ? AND person = ? LIMIT 1", channel, thread, person)
        return bool(found)

    # What is worked on

    def claim(self, worker: str, lease_s: float) -> Job | None:
        """The oldest row that is free, of a channel in which nobody works."""
        now = time.time()
        with self._transaction() as open_:
            row = open_.execute(CLAIM, (now, now, now, now)).fetchone()
            if row is None:
                return None
            open_.execute(
                "UPDATE slack_jobs SET worker = ?, lease = ?, attempts = attempts + 1 WHERE key = ?", (worker, now + lease_s, row[0])
            )
            return _job(open_.execute(f"SELECT {COLUMNS} FROM slack_jobs WHERE key = ?", (row[0],)).fetchone())  # noqa: S608

    def renew(self, worker: str, lease_s: float) -> None:
        """Say that this worker is alive: its rows stay its own."""
        now = time.time()
        self.changed("UPDATE slack_jobs SET lease = ? WHERE worker = ? AND lease >= ?", now + lease_s, worker, now)

    def move(self, job: Job, worker: str, state: State, **columns: Any) -> bool:
        """Write how far it is, if it is still this worker's; a row that is at its end, or waits, is given back."""
        given_back = {"lease": 0, "worker": ""} if state in ("done", "failed", "dropped") or "not_before" in columns else {}
        values = {"state": state, **columns, **given_back}
        values = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        names = ", ".join(f"{name} = ?" for name in values)
        mine = "key = ? AND worker = ? AND lease >= ?"
        return bool(self.changed(f"UPDATE slack_jobs SET {names} WHERE {mine}", *values.values(), job.key, worker, time.time()))  # noqa: S608

    def counts(self) -> dict[str, int]:
        return dict(self.run("SELECT state, COUNT(*) FROM slack_jobs GROUP BY state"))

    # What is kept

    def answer(self, id: str, team: str) -> str | None:
        """An answer of this workspace, as JSON."""
        found = self.run("SELECT answer FROM slack_jobs WHERE answer_id = ? AND team = ? AND answer IS NOT NULL LIMIT 1", id, team)
        return str(found[0][0]) if found else None

    def rate(self, answer_id: str, team: str, person: str, vote: str) -> None:
        self.changed(
            "INSERT INTO slack_feedback VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (answer_id, person) DO UPDATE SET vote = excluded.vote, given = excluded.given",
            *(answer_id, team, person, vote, time.time()),
        )

    def forget(self, days: float) -> None:
        """Rows that are at their end and older than so many days; never those of today, which Slack may still send again."""
        old = time.time() - 86_400 * max(days, 1)
        self.changed(f"DELETE FROM slack_jobs WHERE kept < ? AND state NOT IN {OPEN}", old)  # noqa: S608
        self.changed("DELETE FROM slack_feedback WHERE given < ?", old)

    def forget_team(self, team: str) -> None:
        """Everything of a workspace that has removed us, but for its installation."""
        for table in ("slack_jobs", "slack_feedback"):
            self.changed(f"DELETE FROM {table} WHERE team = ?", team)  # noqa: S608


COLUMNS = (
    "key, kind, team, channel, thread, person, body, ordered, state, attempts, answer_id, answer, messages, posted, ending, kept, stream"
)


def _job(row: tuple[Any, ...]) -> Job:
    said = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Job(**said | {name: json.loads(said[name] or "[]") for name in ("body", "messages", "posted")})


def store() -> Store:
    """The one that the settings name."""
    from pathlib import Path

    from aitoll.settings import settings

    found = settings()
    address = found.database_url.get_secret_value() if found.database_url else ""
    if address.startswith("postgresql://"):
        raise StoreFault(detail="AITOLL_DATABASE_URL names Postgres, and Slack events are kept in SQLite so far: leave it unset")
    return Store(Path(address.removeprefix("sqlite:///")) if address else found.home / "slack.sqlite3")
